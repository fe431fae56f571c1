//! What people did with contacts and companies beside tickets: calls, meetings, notes, mails, tasks.

use std::collections::BTreeSet;

use super::codes::coded;
use super::event::Actor;
use super::ids::ActivityId;
use super::links::RecordRef;
use super::time::Timestamp;

/// Records that one activity is about at most.
pub const MOST_ABOUT: usize = 50;

coded! {
    /// What kind of activity.
    ActivityKind { Call = "call", Meeting = "meeting", Note = "note", Email = "email", Task = "task" }
}

/// One activity, as somebody logged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Made id.
    pub id: ActivityId,
    /// What kind.
    pub kind: ActivityKind,
    /// In one line; may be empty.
    pub subject: String,
    /// At length; may be empty, but not both.
    pub text: String,
    /// Contacts, companies and deals that it is about, at least one.
    pub about: BTreeSet<RecordRef>,
    /// Who logged it.
    pub creator: Actor,
    /// When it happened, or is to happen.
    pub happen_time: Timestamp,
    /// When it was logged.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}
