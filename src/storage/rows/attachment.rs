//! Files.

use super::{Corrupt, Stored, known};
use crate::domain::attachment::{AttachmentFile, AttachmentState, FileKind};
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, AttachmentId, ChannelId, CommentId, ConversationId, DraftId, MessageId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `attachment`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The file.
    pub id: Uuid,
    /// Where its bytes are.
    pub blob_id: Uuid,
    /// Where it is from.
    pub kind: String,
    /// Which file of the mail.
    pub part: i64,
    /// Name without folders.
    pub filename: String,
    /// Media type.
    pub mime_type: String,
    /// Size.
    pub size_bytes: i64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// How far it has come.
    pub state: String,
    /// Conversation id.
    pub conversation_id: Option<Uuid>,
    /// The channel it was uploaded for.
    pub channel_id: Option<String>,
    /// The message that carries it.
    pub message_id: Option<Uuid>,
    /// The comment that carries it.
    pub comment_id: Option<Uuid>,
    /// The draft that holds it.
    pub draft_id: Option<Uuid>,
    /// Content-ID.
    pub content_id: String,
    /// Shown inside the text.
    pub embedded: bool,
    /// Who brought it.
    pub creator: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub expire_time: Option<i64>,
}

super::plain_entity!();

impl Stored for AttachmentFile {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            blob_id: self.blob,
            kind: self.kind.code().to_owned(),
            part: self.part,
            filename: self.filename.clone(),
            mime_type: self.mime_type.clone(),
            size_bytes: self.size_bytes,
            sha256: self.sha256.clone(),
            state: self.state.code().to_owned(),
            conversation_id: self.conversation.map(|c| c.0),
            channel_id: self.channel.as_ref().map(ToString::to_string),
            message_id: self.message.map(|m| m.0),
            comment_id: self.comment.map(|c| c.0),
            draft_id: self.draft.map(|d| d.0),
            content_id: self.content_id.clone(),
            embedded: self.embedded,
            creator: self.creator.code(),
            create_time: self.create_time.as_micros(),
            expire_time: self.expire_time.map(Timestamp::as_micros),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            state: known(AttachmentState::from_code(&row.state), "attachment", "state")?,
            creator: known(Actor::from_code(&row.creator), "attachment", "creator")?,
            kind: known(FileKind::from_code(&row.kind), "attachment", "kind")?,
            id: AttachmentId(row.id),
            blob: row.blob_id,
            part: row.part,
            filename: row.filename,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            conversation: row.conversation_id.map(ConversationId),
            channel: row.channel_id.map(ChannelId::stored),
            message: row.message_id.map(MessageId),
            comment: row.comment_id.map(CommentId),
            draft: row.draft_id.map(DraftId),
            content_id: row.content_id,
            embedded: row.embedded,
            create_time: Timestamp::from_micros(row.create_time),
            expire_time: row.expire_time.map(Timestamp::from_micros),
        })
    }
}
