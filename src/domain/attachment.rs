//! Files: uploaded for a reply or a comment, or come with a message.

use super::codes::coded;
use super::event::Actor;
use super::ids::{AttachmentId, ChannelId, CommentId, ConversationId, MessageId};
use super::time::Timestamp;

coded! {
    /// How far a file has come. What never gets to USED is swept at its end.
    AttachmentState { Uploading = "uploading", Ready = "ready", Used = "used" }
}

/// A file. Its bytes lie outside the database: under its id, or inside the raw mail it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentFile {
    /// Made id.
    pub id: AttachmentId,
    /// Name without folders.
    pub filename: String,
    /// Media type as given.
    pub mime_type: String,
    /// Size in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the bytes in lower-case hexadecimal; empty while they are not all there, and for parts of mails.
    pub sha256: String,
    /// How far it has come.
    pub state: AttachmentState,
    /// The conversation it belongs to; access follows it. None while a channel's upload waits for its message.
    pub conversation: Option<ConversationId>,
    /// The channel it was uploaded for, by an adapter.
    pub channel: Option<ChannelId>,
    /// The message that carries it.
    pub message: Option<MessageId>,
    /// The comment that carries it.
    pub comment: Option<CommentId>,
    /// SHA-256 of the raw mail that holds its bytes.
    pub raw_sha256: Option<String>,
    /// Which of the mail's files it is, from 0.
    pub part: i64,
    /// Content-ID of an embedded part; may be empty.
    pub content_id: String,
    /// Shown inside the text.
    pub embedded: bool,
    /// Who brought it.
    pub creator: Actor,
    /// When.
    pub create_time: Timestamp,
    /// When it is swept unless it is used by then; none once it is.
    pub expire_time: Option<Timestamp>,
}
