//! What is known about a hand-off: why, what the mode was found on, what was learnt before and done after.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Reason;
use crate::domain::ids::{MessageId, UserId};
use crate::domain::time::Timestamp;

/// Bytes of a context in all.
pub const MOST_CONTEXT: usize = 16 * 1024;
/// Messages that a digest names.
pub const MOST_DIGEST: usize = 50;
/// Reasons that are kept of one hand-off.
const MOST_REASONS: usize = 50;

/// One thing that asked for a hand-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// What.
    pub reason: Reason,
    /// The words that came with it; may be empty.
    pub text: String,
    /// The trigger of the configuration; may be empty.
    pub trigger: String,
    /// When.
    pub time: Timestamp,
}

/// Everything that asked for a hand-off, in the order of C-090; the same thing once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(Vec<Fired>);

impl Reasons {
    /// Adds what fired. Whether it was not there yet.
    pub fn add(&mut self, fired: Fired) -> bool {
        let same = |known: &Fired| known.reason == fired.reason && known.trigger == fired.trigger;
        if self.0.iter().any(same) || self.0.len() >= MOST_REASONS {
            return false;
        }
        // Behind those of its kind: they fired before it.
        let place = self.0.partition_point(|known| known.reason <= fired.reason);
        self.0.insert(place, fired);
        true
    }

    /// The one that leads.
    pub fn first(&self) -> Option<&Fired> {
        self.0.first()
    }

    /// All, the leading one first.
    pub fn all(&self) -> &[Fired] {
        &self.0
    }
}

/// What the mode was found on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// People of the target who may receive tickets, there or not.
    pub eligible: u32,
    /// Those of them who are available and under capacity (C-096).
    pub available: u32,
    /// When the first of them works next; none: somebody works now, or nobody ever does.
    pub next_open: Option<Timestamp>,
    /// When that was found.
    pub time: Option<Timestamp>,
}

impl Facts {
    /// Whether the team is available (C-096).
    pub const fn team_available(&self) -> bool {
        self.available > 0
    }
}

/// What whoever gets the conversation should know. Bounded: [`Context::size`] is at most [`MOST_CONTEXT`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// What it is about.
    pub summary: String,
    /// What the contact wants, as a code of the runtime.
    pub intent: String,
    /// What was learnt, by name.
    pub facts: BTreeMap<String, String>,
    /// The language of the contact, as in BCP 47.
    pub language: String,
}

impl Context {
    /// Bytes in all.
    pub fn size(&self) -> usize {
        let facts: usize = self.facts.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.summary.len() + self.intent.len() + self.language.len() + facts
    }
}

/// What people did, for the customer agent that gets the conversation back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// What a person wants the agent to know; may be empty.
    pub note: String,
    /// The messages of the stretch, the last [`MOST_DIGEST`].
    pub messages: Vec<MessageId>,
    /// How many there were.
    pub message_count: i64,
    /// Who had it last.
    pub user: Option<UserId>,
    /// Since when.
    pub start: Option<Timestamp>,
    /// Until when.
    pub end: Option<Timestamp>,
}

/// When what happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// It was first offered to somebody.
    pub offer: Option<Timestamp>,
    /// Somebody got it.
    pub accept: Option<Timestamp>,
    /// A person first wrote.
    pub first_reply: Option<Timestamp>,
    /// It ended.
    pub end: Option<Timestamp>,
}
