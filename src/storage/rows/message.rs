//! Messages between contacts and us.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::conversation::{Delivery, Direction, Message, SenderCheck, Verdict};
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, ChannelId, ConversationId, MessageId, ThreadId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The message.
    pub id: Uuid,
    /// Conversation id.
    pub conversation_id: Uuid,
    /// Thread id.
    pub thread_id: Uuid,
    /// Channel id.
    pub channel_id: String,
    /// Direction.
    pub direction: String,
    /// Sender.
    pub sender: String,
    /// Sender name.
    pub sender_name: String,
    /// Sender address.
    pub sender_address: String,
    /// JSON list.
    pub recipients: String,
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
    /// Delivery.
    pub delivery: String,
    /// Delivery error.
    pub delivery_error: String,
    /// External id.
    pub external_id: Option<String>,
    /// Mail id.
    pub mail_id: Option<String>,
    /// Raw sha256.
    pub raw_sha256: Option<String>,
    /// Auto reply.
    pub auto_reply: bool,
    /// Bounce.
    pub bounce: bool,
    /// Forwarded.
    pub forwarded: bool,
    /// Sender unverified.
    pub sender_unverified: bool,
    /// Through a list.
    pub list: bool,
    /// JSON.
    pub sender_check: Option<String>,
    /// JSON list.
    pub cuts: String,
    /// The outgoing message that a report is about.
    pub bounce_of: Option<Uuid>,
    /// Microseconds.
    pub delivery_time: Option<i64>,
    /// Tries.
    pub delivery_tries: i64,
    /// Epoch of the control that it was sent under.
    pub control_epoch: i64,
    /// Microseconds.
    pub send_time: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Place in the event order.
    pub sequence: i64,
}

super::plain_entity!();

const TABLE: &str = "message";

impl Stored for Message {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            conversation_id: self.conversation.0,
            thread_id: self.thread.0,
            channel_id: self.channel.to_string(),
            direction: self.direction.code().to_owned(),
            sender: self.sender.code(),
            sender_name: self.sender_name.clone(),
            sender_address: self.sender_address.clone(),
            recipients: to_json(&self.recipients),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            inserts: to_json(&self.inserts),
            attachments: to_json(&self.attachments),
            delivery: self.delivery.code().to_owned(),
            delivery_error: self.delivery_error.clone(),
            external_id: self.external_id.clone(),
            mail_id: self.mail_id.clone(),
            raw_sha256: self.raw_sha256.clone(),
            auto_reply: self.auto_reply,
            bounce: self.bounce,
            forwarded: self.forwarded,
            sender_unverified: self.sender_unverified(),
            list: self.list,
            sender_check: self.check.as_ref().map(to_json),
            cuts: to_json(&self.cuts),
            bounce_of: self.bounce_of.map(|id| id.0),
            delivery_time: self.delivery_time.map(Timestamp::as_micros),
            delivery_tries: self.delivery_tries,
            control_epoch: self.control_epoch,
            send_time: self.send_time.as_micros(),
            create_time: self.create_time.as_micros(),
            sequence: self.sequence,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            direction: known(Direction::from_code(&row.direction), TABLE, "direction")?,
            sender: known(Actor::from_code(&row.sender), TABLE, "sender")?,
            recipients: from_json(&row.recipients, TABLE, "recipients")?,
            inserts: from_json(&row.inserts, TABLE, "inserts")?,
            attachments: from_json(&row.attachments, TABLE, "attachments")?,
            delivery: known(Delivery::from_code(&row.delivery), TABLE, "delivery")?,
            id: MessageId(row.id),
            conversation: ConversationId(row.conversation_id),
            thread: ThreadId(row.thread_id),
            channel: ChannelId::stored(row.channel_id),
            sender_name: row.sender_name,
            sender_address: row.sender_address,
            subject: row.subject,
            text: row.text,
            html: row.html,
            delivery_error: row.delivery_error,
            external_id: row.external_id,
            mail_id: row.mail_id,
            raw_sha256: row.raw_sha256,
            auto_reply: row.auto_reply,
            bounce: row.bounce,
            forwarded: row.forwarded,
            list: row.list,
            check: check(row.sender_check.as_deref(), row.sender_unverified, &row.direction)?,
            cuts: from_json(&row.cuts, TABLE, "cuts")?,
            bounce_of: row.bounce_of.map(MessageId),
            delivery_time: row.delivery_time.map(Timestamp::from_micros),
            delivery_tries: row.delivery_tries,
            control_epoch: row.control_epoch,
            send_time: Timestamp::from_micros(row.send_time),
            create_time: Timestamp::from_micros(row.create_time),
            sequence: row.sequence,
        })
    }
}

/// What was found about the sender. Older rows of incoming messages say only whether it passed.
fn check(stored: Option<&str>, unverified: bool, direction: &str) -> Result<Option<SenderCheck>, Corrupt> {
    match stored {
        Some(text) => from_json(text, TABLE, "sender_check").map(Some),
        None if direction == Direction::Outbound.code() => Ok(None),
        None => {
            let verdict = if unverified { Verdict::None } else { Verdict::Pass };
            Ok(Some(SenderCheck { verdict, ..SenderCheck::NONE }))
        }
    }
}
