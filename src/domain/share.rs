//! Access to one ticket beyond the level of those it is given to.

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::event::Actor;
use super::ids::{TeamId, UserId};
use super::time::Timestamp;

/// Shares of one ticket at most.
pub const MOST_SHARES: usize = 100;

coded! {
    /// What a share allows. Ordered.
    ShareLevel {
        /// Reading and commenting.
        View = "view",
        /// Changing, assigning and answering too.
        Edit = "edit",
    }
}

/// Whom a ticket is shared with. Users come before teams.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// A person.
    User(UserId),
    /// Everybody in a team, main and extra members.
    Team(TeamId),
}

/// One share of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// With whom.
    pub grantee: Grantee,
    /// What it allows.
    pub level: ShareLevel,
    /// Who gave it.
    pub sharer: Actor,
    /// When it was given or last changed.
    pub share_time: Timestamp,
}
