//! Threads.

use super::{Corrupt, Stored, known};
use crate::domain::channel::ChannelKind;
use crate::domain::conversation::Thread;
use crate::domain::ids::{AccountId, ChannelId, ConversationId, ThreadId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `thread`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "thread")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The thread.
    pub id: Uuid,
    /// Conversation id.
    pub conversation_id: Uuid,
    /// Channel id.
    pub channel_id: String,
    /// Kind of the channel.
    pub kind: String,
    /// What finds it again.
    pub key: String,
    /// Open.
    pub open: bool,
    /// Ended with a hand-off, until the contact writes.
    pub resting: bool,
    /// Its ticket is deleted.
    pub archived: bool,
    /// Who writes on the other side.
    pub address: String,
    /// Subject.
    pub subject: String,
    /// Reply token.
    pub reply_token: String,
    /// Microseconds.
    pub last_contact_time: Option<i64>,
    /// Nothing is answered on it automatically.
    pub mute: bool,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
}

super::plain_entity!();

impl Stored for Thread {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            conversation_id: self.conversation.0,
            channel_id: self.channel.to_string(),
            kind: self.kind.code().to_owned(),
            key: self.key.clone(),
            open: self.open,
            resting: self.resting,
            archived: self.archived,
            address: self.address.clone(),
            subject: self.subject.clone(),
            reply_token: self.reply_token.clone(),
            last_contact_time: self.last_contact_time.map(Timestamp::as_micros),
            mute: self.mute,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: known(ChannelKind::from_code(&row.kind), "thread", "kind")?,
            id: ThreadId(row.id),
            conversation: ConversationId(row.conversation_id),
            channel: ChannelId::stored(row.channel_id),
            key: row.key,
            open: row.open,
            resting: row.resting,
            archived: row.archived,
            address: row.address,
            subject: row.subject,
            reply_token: row.reply_token,
            last_contact_time: row.last_contact_time.map(Timestamp::from_micros),
            mute: row.mute,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
        })
    }
}
