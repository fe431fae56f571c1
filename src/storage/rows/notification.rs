//! What people are told.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, ConversationId, NotificationId, TicketNumber, UserId};
use crate::domain::notification::{Notification, NotificationKind};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `notification`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Who is told.
    pub user_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The notification.
    pub id: Uuid,
    /// Why.
    pub kind: String,
    /// The ticket.
    pub ticket_number: Option<i64>,
    /// Conversation id.
    pub conversation_id: Option<Uuid>,
    /// JSON of what was said; empty when it is about nothing said.
    pub about: String,
    /// Who brought it about.
    pub actor: String,
    /// In the list, or by mail only.
    pub listed: bool,
    /// Whether it was marked as read.
    pub read: bool,
    /// Microseconds.
    pub read_time: Option<i64>,
    /// Microseconds.
    pub create_time: i64,
    /// Sequence of the account's last event when it was last stored.
    pub changed_seq: i64,
}

super::plain_entity!();

impl Stored for Notification {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            user_id: self.user.to_string(),
            id: self.id.0,
            kind: self.kind.code().to_owned(),
            ticket_number: self.ticket.map(|ticket| ticket.0),
            conversation_id: self.conversation.map(|conversation| conversation.0),
            about: self.about.as_ref().map(to_json).unwrap_or_default(),
            actor: self.actor.code(),
            listed: self.listed,
            read: self.read_time.is_some(),
            read_time: self.read_time.map(Timestamp::as_micros),
            create_time: self.create_time.as_micros(),
            changed_seq: self.changed,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        const TABLE: &str = "notification";
        let about = (!row.about.is_empty()).then(|| from_json(&row.about, TABLE, "about")).transpose()?;
        Ok(Self {
            id: NotificationId(row.id),
            user: UserId::stored(row.user_id),
            kind: known(NotificationKind::from_code(&row.kind), TABLE, "kind")?,
            ticket: row.ticket_number.map(TicketNumber),
            conversation: row.conversation_id.map(ConversationId),
            about,
            actor: known(Actor::from_code(&row.actor), TABLE, "actor")?,
            listed: row.listed,
            read_time: row.read_time.map(Timestamp::from_micros),
            create_time: Timestamp::from_micros(row.create_time),
            changed: row.changed_seq,
        })
    }
}
