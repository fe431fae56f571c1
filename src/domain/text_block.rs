//! Texts that are written once and used in many replies, or sent by the service itself.

use super::codes::coded;
use super::ids::TextBlockId;
use super::plan::Feature;
use super::time::Timestamp;

coded! {
    /// What a text is for: a piece of a reply, a whole one with its subject, or an email that is sent automatically.
    TextBlockKind { Snippet = "snippet", Template = "template", Email = "email" }
}

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextBlock {
    /// Chosen or made id.
    pub id: TextBlockId,
    /// What it is for; never changes.
    pub kind: TextBlockKind,
    /// Name for people.
    pub display_name: String,
    /// What an editor may find it by; may be empty. Unique among the account's that have one.
    pub shortcut: String,
    /// Subject of a template; may be empty.
    pub subject: String,
    /// Plain text with placeholders.
    pub text: String,
    /// Cleaned HTML with placeholders; may be empty.
    pub html: String,
    /// Of an email: it goes to every contact, marketing contact or not; never changes.
    pub transactional: bool,
    /// Out of use: it is kept, and no reply can insert it any more (C-029).
    pub archived: bool,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// Characters of plain text that an automated email has at most: it is filled in the account's lane.
pub const LONGEST_EMAIL: usize = 16_384;
/// Characters of HTML that an automated email has at most.
pub const LONGEST_EMAIL_HTML: usize = 65_536;

/// The id of the ready-made email for a ticket that was opened.
pub const TICKET_RECEIVED: &str = "ticket-received";
/// The id of the ready-made email for a ticket that was closed.
pub const TICKET_CLOSED: &str = "ticket-closed";

const RECEIVED: [&str; 3] = [
    "Ticket received",
    "We received your request: {{ticket.subject}}",
    "Hello {{contact.first_name | default(\"there\")}},\n\nwe received your request and will come back to you. \
     Its number is {{ticket.number}}.\n\n{{account.name}}",
];
const CLOSED: [&str; 3] = [
    "Ticket closed",
    "Your request is closed: {{ticket.subject}}",
    "Hello {{contact.first_name | default(\"there\")}},\n\nyour request {{ticket.number}} is closed. If something is \
     left open, answer this email.\n\n{{account.name}}",
];

impl TextBlock {
    /// A text of the service's own that is stored nowhere.
    pub fn blank(now: Timestamp) -> Self {
        Self {
            id: TextBlockId::stored("-"),
            kind: TextBlockKind::Template,
            display_name: String::new(),
            shortcut: String::new(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            transactional: false,
            archived: false,
            create_time: now,
            update_time: now,
            version: 0,
        }
    }

    /// The emails that every account begins with. They can be changed, and not be deleted.
    pub fn ready_made(now: Timestamp) -> Vec<Self> {
        let email = |(id, [name, subject, text]): (&str, [&str; 3])| Self {
            id: TextBlockId::stored(id),
            kind: TextBlockKind::Email,
            display_name: name.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            transactional: true,
            version: 1,
            ..Self::blank(now)
        };
        [(TICKET_RECEIVED, RECEIVED), (TICKET_CLOSED, CLOSED)].into_iter().map(email).collect()
    }

    /// Whether it is one of those that every account begins with.
    pub fn is_ready_made(&self) -> bool {
        self.kind == TextBlockKind::Email && matches!(self.id.as_str(), TICKET_RECEIVED | TICKET_CLOSED)
    }

    /// What an account must have bought for an email to be sent.
    pub fn feature(&self) -> Feature {
        match (self.is_ready_made(), self.transactional) {
            (true, _) => Feature::StatusActions,
            (false, true) => Feature::CustomTransactionalEmails,
            (false, false) => Feature::CustomEmails,
        }
    }
}
