//! Presence by lease: who is to say regularly to be there, and does not, is not there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::UserId;
use super::time::Timestamp;

/// Shortest lease.
pub const SHORTEST: Duration = Duration::from_secs(10);
/// Longest lease.
pub const LONGEST: Duration = Duration::from_mins(10);
/// The lease of a client that asks for no length.
pub const USUAL: Duration = Duration::from_mins(1);

/// What routing knows of a person's presence. It is written only when it changes: a lease that is renewed in time
/// changes nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Presence {
    /// Whether being available asks for a lease too.
    pub required: bool,
    /// The lease ran out, or there was none yet.
    pub lost: bool,
}

impl Presence {
    /// Whether the person counts as not there.
    pub const fn is_lost(self) -> bool {
        self.required && self.lost
    }
}

/// Until when a client has said that its person is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The person.
    pub user: UserId,
    /// When it runs out.
    pub expire: Timestamp,
}

impl Lease {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.expire
    }
}
