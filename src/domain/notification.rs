//! What people are told, and how they want to be told.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::codes::coded;
use super::event::Actor;
use super::ids::{CommentId, ConversationId, MessageId, NotificationId, TicketNumber, UserId};
use super::names::Name;
use super::time::Timestamp;

coded! {
    /// Why a person is told.
    NotificationKind {
        /// A comment mentions the person.
        Mentioned = "mentioned",
        /// The person became owner by somebody else or by routing.
        Assigned = "assigned",
        /// Somebody else wrote a message on a ticket that the person follows.
        Replied = "replied",
    }
}

/// Something said that a person is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A comment.
    Comment(CommentId),
    /// A message.
    Message(MessageId),
}

/// Something a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Made id; ids are ordered by time.
    pub id: NotificationId,
    /// Who is told.
    pub user: UserId,
    /// Why.
    pub kind: NotificationKind,
    /// The ticket.
    pub ticket: Option<TicketNumber>,
    /// The conversation, where there is one.
    pub conversation: Option<ConversationId>,
    /// What was said, when it is about that.
    pub about: Option<Said>,
    /// Who brought it about.
    pub actor: Actor,
    /// Whether it is in the person's list; else it only went out by mail.
    pub listed: bool,
    /// When it was marked as read.
    pub read_time: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// Sequence of the account's last event when it was last stored; the lane sets it (see `storage/lane/flush`).
    pub changed: i64,
}

impl Notification {
    /// What to open: the conversation, else the ticket.
    pub fn link(&self) -> Option<Name> {
        self.conversation.map(Name::Conversation).or_else(|| self.ticket.map(Name::Ticket))
    }

    /// One sentence in English that repeats nothing of what was written. `actor` is the name of who did it.
    pub fn summary(&self, actor: &str) -> String {
        let place = match self.ticket {
            Some(number) => format!("ticket {number}"),
            None => "a conversation".to_owned(),
        };
        match self.kind {
            NotificationKind::Mentioned => format!("{actor} mentioned you in a comment on {place}."),
            NotificationKind::Assigned => format!("{actor} assigned {place} to you."),
            NotificationKind::Replied => format!("{actor} wrote on {place}, which you follow."),
        }
    }
}

/// How a person is told about one kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// In the list and the stream.
    pub in_app: bool,
    /// By mail.
    pub mail: bool,
}

impl Default for Ways {
    fn default() -> Self {
        Self { in_app: true, mail: false }
    }
}

/// What a person wants to be told; a kind without a rule has the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// Rules that differ from the default.
    pub rules: BTreeMap<NotificationKind, Ways>,
    /// When they last changed.
    pub update_time: Option<Timestamp>,
    /// The etag.
    pub version: i64,
}

impl NotificationSettings {
    /// How to tell about this kind of thing.
    pub fn ways(&self, kind: NotificationKind) -> Ways {
        self.rules.get(&kind).copied().unwrap_or_default()
    }
}
