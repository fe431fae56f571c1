//! Texts that are written once and used in many replies.

use super::codes::coded;
use super::ids::TextBlockId;
use super::time::Timestamp;

coded! {
    /// What a text is for: a piece of a reply, or a whole one with its subject.
    TextBlockKind { Snippet = "snippet", Template = "template" }
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
    /// Out of use: it is kept, and no reply can insert it any more (C-029).
    pub archived: bool,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}
