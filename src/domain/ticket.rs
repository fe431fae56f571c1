//! The ticket and its transitions.

use std::collections::BTreeSet;

use super::channel::ChannelKind;
use super::codes::coded;
use super::ids::{ChannelId, ContactId, ConversationId, PipelineId, StatusId, TeamId, TicketNumber, UserId};
use super::life::Life;
use super::links::RecordRef;
use super::pipeline::{Closing, Status, StatusCategory};
use super::property::Values;
use super::routing::UnassignedReason;
use super::time::Timestamp;

coded! {
    /// How urgent it is. Ordered.
    Priority { Low = "low", Medium = "medium", High = "high", Urgent = "urgent" }
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Number in the account.
    pub number: TicketNumber,
    /// The ticket name: 1 to 255 characters, trimmed (C-010).
    pub subject: String,
    /// Longer text; may be empty.
    pub description: String,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// Its status, one of the pipeline's.
    pub status: StatusId,
    /// What the status means; kept beside it so that a ticket can be read alone.
    pub status_category: StatusCategory,
    /// Whether the status is open; kept beside it for lists and loads.
    pub open: bool,
    /// How urgent.
    pub priority: Option<Priority>,
    /// Free category; may be empty.
    pub category: String,
    /// Free tags, sorted, at most 50.
    pub tags: BTreeSet<String>,
    /// What the account's own properties say.
    pub properties: Values,
    /// The person who wrote in, or whom it is about: the primary contact.
    pub contact: Option<ContactId>,
    /// What else it is associated with, the primary contact never among it.
    pub links: BTreeSet<RecordRef>,
    /// The user it is assigned to.
    pub owner: Option<UserId>,
    /// The teams it is assigned to.
    pub teams: BTreeSet<TeamId>,
    /// The channel it came from.
    pub channel: Option<ChannelId>,
    /// The kind of that channel.
    pub source: Option<ChannelKind>,
    /// What was said on it, oldest first.
    pub conversations: Vec<ConversationId>,
    /// Made by hand, never routed by itself (R-087, C-013).
    pub manual: bool,
    /// Why the last automatic decision left it unassigned.
    pub unassigned_reason: Option<UnassignedReason>,
    /// Who made it.
    pub creator: super::event::Actor,
    /// When it was closed.
    pub close_time: Option<Timestamp>,
    /// When it first got an owner.
    pub first_assign_time: Option<Timestamp>,
    /// When the contact was first answered.
    pub first_reply_time: Option<Timestamp>,
    /// When we last answered.
    pub last_reply_time: Option<Timestamp>,
    /// When the contact last wrote.
    pub last_contact_message_time: Option<Timestamp>,
    /// When the status last changed.
    pub status_change_time: Timestamp,
    /// When it was made.
    pub create_time: Timestamp,
    /// When anything last changed; lists are ordered by it.
    pub update_time: Timestamp,
    /// What became of it beside its status.
    pub life: Life,
    /// Number of its last event.
    pub event_count: i64,
    /// The etag.
    pub version: i64,
}

impl Ticket {
    /// Moves to `status` of the same pipeline. Closing sets the close time where the pipeline does so, opening clears it,
    /// closed to closed leaves it (R-148 to R-151, C-064, C-065); a time given in the same write wins (C-067). Says
    /// whether anything changed.
    pub fn enter(&mut self, status: &Status, close_time: Option<Timestamp>, closing: Closing) -> bool {
        let (was_open, before) = (self.open, self.close_time);
        let moved = self.status != status.id;
        if moved {
            self.take_status(status, closing.now);
        }
        self.close_time = self.closed_at(was_open, close_time, closing);
        moved || before != self.close_time
    }

    /// Moves to `status` of any pipeline; the close time follows as in [`Self::enter`] (C-020, C-068).
    pub fn relocate(&mut self, status: &Status, closing: Closing) {
        let was_open = self.open;
        self.take_status(status, closing.now);
        self.close_time = self.closed_at(was_open, None, closing);
    }

    fn take_status(&mut self, status: &Status, now: Timestamp) {
        self.life.reopened |= !self.open && status.is_open();
        self.pipeline = status.pipeline.clone();
        self.status = status.id.clone();
        self.status_category = status.category;
        self.open = status.is_open();
        self.status_change_time = now;
    }

    fn closed_at(&self, was_open: bool, given: Option<Timestamp>, closing: Closing) -> Option<Timestamp> {
        match (was_open, self.open) {
            (_, true) => None,
            (true, false) => given.or(closing.sets_time.then_some(closing.now)).or(self.close_time),
            (false, false) => given.or(self.close_time),
        }
    }

    /// Whether it waits in order for somebody who may take it.
    pub const fn waits(&self) -> bool {
        self.life.routed.waiting_since.is_some()
    }

    /// Whether it can still wait: nobody has it, and it is to be worked on.
    pub fn can_wait(&self) -> bool {
        self.owner.is_none() && self.is_work() && self.life.merged_into.is_none() && self.life.spam_time.is_none()
    }

    /// Follows with what routing remembers when the rest of the ticket changed: whoever has an owner or is done waits no
    /// longer, and what its owner touched does not go back.
    pub fn settle_routing(&mut self, before: Option<&Self>) {
        if !self.can_wait() {
            self.life.routed.waiting_since = None;
            self.life.routed.let_go_by = None;
        }
        let touched = |before: &Self| {
            before.last_reply_time != self.last_reply_time
                || before.status_change_time != self.status_change_time
                || before.owner != self.owner
        };
        let set_before = before.and_then(|before| before.life.routed.return_time);
        if !self.is_work() || (set_before == self.life.routed.return_time && before.is_some_and(touched)) {
            self.life.routed.return_time = None;
        }
    }

    /// The rank among tickets that wait in order: the most urgent first, those without priority last.
    pub const fn waiting_rank(&self) -> i64 {
        match self.priority {
            Some(Priority::Urgent) => 0,
            Some(Priority::High) => 1,
            Some(Priority::Medium) => 2,
            Some(Priority::Low) => 3,
            None => 4,
        }
    }

    /// Whether it counts as work of its owner: open and not deleted.
    pub fn is_work(&self) -> bool {
        self.open && !self.life.is_deleted()
    }

    /// Gives the ticket to `owner`; the assigned teams are left as they are (C-025).
    pub fn assign(&mut self, owner: UserId, now: Timestamp) {
        self.owner = Some(owner);
        self.unassigned_reason = None;
        self.first_assign_time.get_or_insert(now);
    }
}

/// The ticket name from free text: trimmed, one line, at most 255 characters; `None` when nothing is left (C-010).
pub fn ticket_name(text: &str) -> Option<String> {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = one_line.chars().take(MAX_SUBJECT).collect();
    let name = name.trim_end().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Longest ticket name in characters (C-010).
pub const MAX_SUBJECT: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_trimmed_line_of_at_most_255_characters() {
        assert_eq!(ticket_name("  two\r\n lines "), Some("two lines".into()));
        assert_eq!(ticket_name(" \n\t "), None);
        assert_eq!(ticket_name(&"é".repeat(300)).map(|name| name.chars().count()), Some(255));
    }
}
