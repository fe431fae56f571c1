//! Versions of the routing of a channel: what each number stood for never changes, whatever is active.

use crate::domain::channel::Routing;
use crate::domain::codes::coded;
use crate::domain::event::Actor;
use crate::domain::ids::ChannelId;
use crate::domain::time::Timestamp;

coded! {
    /// Where a version stands.
    VersionState {
        /// Written, never used yet.
        Draft = "draft",
        /// The one that decides now.
        Active = "active",
        /// Decided once, and may again.
        Retired = "retired",
    }
}

/// One version of the routing of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingVersion {
    /// The channel.
    pub channel: ChannelId,
    /// Its number on the channel, from 1; decisions name it.
    pub number: i64,
    /// Where it stands.
    pub state: VersionState,
    /// The routing.
    pub routing: Routing,
    /// What the author says about it; may be empty.
    pub note: String,
    /// Who wrote it.
    pub author: Actor,
    /// When it was written.
    pub create_time: Timestamp,
    /// When it last became active.
    pub activate_time: Option<Timestamp>,
}
