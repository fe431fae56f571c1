//! A mail channel that the service delivers for from now on: what waited for its adapter gets its jobs.

use serde::{Deserialize, Serialize};

use crate::domain::channel::Channel;
use crate::storage::lane::{NewJob, Session};

/// Kind of the job that does it.
pub const ADOPT_MAILS: &str = "adopt_mails";

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The channel.
    pub channel: String,
    /// Messages up to this place in the event order have their jobs.
    pub after: i64,
    /// Later ones were sent after the change and have theirs.
    pub upto: i64,
}

impl Adoption {
    /// Queues it with the batch of `session`.
    ///
    /// # Panics
    /// Never: the payload is made of texts and numbers.
    pub fn queue(channel: &Channel, session: &mut Session<'_>) {
        let (id, due) = (session.new_id(), session.now());
        let adoption = Self { channel: channel.id.to_string(), after: 0, upto: session.world.head.last_event };
        session.world.jobs.push(NewJob { id, kind: ADOPT_MAILS, payload: adoption.to_payload(), due });
    }

    /// The stored form.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// Reads the stored form.
    pub fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}
