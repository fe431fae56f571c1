//! A reply that is written and not sent: one per person and thread. It takes nothing and goes nowhere.

use super::conversation::Attachment;
use super::ids::{ChannelId, ConversationId, DraftId, ThreadId, UserId};
use super::insert::Insert;
use super::time::Timestamp;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Made id.
    pub id: DraftId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Whose it is; nobody else reads it.
    pub user: UserId,
    /// The thread it answers; none while one is still to begin on the channel.
    pub thread: Option<ThreadId>,
    /// The channel it will go out on.
    pub channel: ChannelId,
    /// Whether that is a mail channel: such a draft opens the comments of a call ticket.
    pub mail: bool,
    /// Subject of a mail; may be empty.
    pub subject: String,
    /// Plain text, cleaned; may be empty.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// What is inserted, unrendered.
    pub inserts: Vec<Insert>,
    /// Files, uploaded and not sent.
    pub attachments: Vec<Attachment>,
    /// When it was begun.
    pub create_time: Timestamp,
    /// When it was last saved.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}
