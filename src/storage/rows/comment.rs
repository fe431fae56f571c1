//! Internal comments: never in a table that a contact-facing answer reads.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::conversation::Comment;
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, CommentId, ConversationId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `comment`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The comment.
    pub id: Uuid,
    /// Conversation id.
    pub conversation_id: Uuid,
    /// Author.
    pub author: String,
    /// Text.
    pub text: String,
    /// Html.
    pub html: String,
    /// JSON list.
    pub attachments: String,
    /// Microseconds.
    pub create_time: i64,
    /// Place in the event order.
    pub sequence: i64,
}

super::plain_entity!();

impl Stored for Comment {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            conversation_id: self.conversation.0,
            author: self.author.code(),
            text: self.text.clone(),
            html: self.html.clone(),
            attachments: to_json(&self.attachments),
            create_time: self.create_time.as_micros(),
            sequence: self.sequence,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            author: known(Actor::from_code(&row.author), "comment", "author")?,
            attachments: from_json(&row.attachments, "comment", "attachments")?,
            id: CommentId(row.id),
            conversation: ConversationId(row.conversation_id),
            text: row.text,
            html: row.html,
            create_time: Timestamp::from_micros(row.create_time),
            sequence: row.sequence,
        })
    }
}
