//! Replies that are not sent.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::draft::Draft;
use crate::domain::ids::{AccountId, ChannelId, ConversationId, DraftId, ThreadId, UserId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `draft`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The draft.
    pub id: Uuid,
    /// Conversation id.
    pub conversation_id: Uuid,
    /// Whose it is.
    pub user_id: String,
    /// Thread id.
    pub thread_id: Option<Uuid>,
    /// Channel id.
    pub channel_id: String,
    /// It is a mail.
    pub mail: bool,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// Html.
    pub html: String,
    /// JSON list.
    pub inserts: String,
    /// JSON list.
    pub attachments: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Draft {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            conversation_id: self.conversation.0,
            user_id: self.user.to_string(),
            thread_id: self.thread.map(|t| t.0),
            channel_id: self.channel.to_string(),
            mail: self.mail,
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            inserts: to_json(&self.inserts),
            attachments: to_json(&self.attachments),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            inserts: from_json(&row.inserts, "draft", "inserts")?,
            attachments: from_json(&row.attachments, "draft", "attachments")?,
            id: DraftId(row.id),
            conversation: ConversationId(row.conversation_id),
            user: UserId::stored(row.user_id),
            thread: row.thread_id.map(ThreadId),
            channel: ChannelId::stored(row.channel_id),
            mail: row.mail,
            subject: row.subject,
            text: row.text,
            html: row.html,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
