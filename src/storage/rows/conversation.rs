//! Conversations.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::control::{Control, Party};
use crate::domain::conversation::{Conversation, HeldPlace};
use crate::domain::ids::{AccountId, ChannelId, ContactId, ConversationId, HandoffId, TicketNumber, UserId};
use crate::domain::routing::CapacityGroup;
use crate::domain::time::Timestamp;
use crate::domain::turns::Stretch;
use sea_orm::entity::prelude::*;

/// A row of `conversation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The conversation.
    pub id: Uuid,
    /// The ticket.
    pub ticket_number: Option<i64>,
    /// Channel id.
    pub channel_id: String,
    /// Contact id.
    pub contact_id: Option<Uuid>,
    /// Visitor.
    pub visitor: String,
    /// Which visitor began it.
    pub visitor_key: String,
    /// It began with a call.
    pub from_call: bool,
    /// Mails sent and drafted.
    pub outbound_mails: i64,
    /// Message count.
    pub message_count: i64,
    /// Comment count.
    pub comment_count: i64,
    /// Microseconds.
    pub last_message_time: Option<i64>,
    /// Its ticket is deleted.
    pub archived: bool,
    /// Who speaks in it; empty: nobody.
    pub controller: String,
    /// Grows with each change of the controller.
    pub control_epoch: i64,
    /// Microseconds.
    pub control_time: Option<i64>,
    /// Its open hand-off.
    pub handoff_id: Option<Uuid>,
    /// Whose place is held for it.
    pub held_user_id: Option<String>,
    /// As what kind of work that place counts.
    pub held_group: Option<String>,
    /// Microseconds.
    pub held_until: Option<i64>,
    /// JSON of what a customer agent owes; empty: none ever had control.
    pub stretch: String,
    /// The customer agent that owes an answer.
    pub turn_agent_id: Option<String>,
    /// Microseconds; when something is to be done about that.
    pub turn_due: Option<i64>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Conversation {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let owes = self.held().filter(|stretch| !stretch.turns.is_empty());
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            ticket_number: self.ticket.map(|t| t.0),
            channel_id: self.channel.to_string(),
            contact_id: self.contact.map(|c| c.0),
            visitor: self.visitor.clone(),
            visitor_key: self.visitor_key.clone(),
            from_call: self.from_call,
            outbound_mails: self.outbound_mails,
            message_count: self.message_count,
            comment_count: self.comment_count,
            last_message_time: self.last_message_time.map(Timestamp::as_micros),
            archived: self.archived,
            controller: self.control.party.code(),
            control_epoch: self.control.epoch,
            control_time: self.control.since.map(Timestamp::as_micros),
            handoff_id: self.handoff.map(|id| id.0),
            held_user_id: self.held.as_ref().map(|held| held.user.to_string()),
            held_group: self.held.as_ref().and_then(|held| held.group).map(|group| group.code().to_owned()),
            held_until: self.held.as_ref().map(|held| held.until.as_micros()),
            stretch: self.stretch.as_deref().map(to_json::<Stretch>).unwrap_or_default(),
            turn_agent_id: owes.map(|stretch| stretch.agent.to_string()),
            turn_due: owes.and_then(|stretch| stretch.due).map(Timestamp::as_micros),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let stretch = match row.stretch.as_str() {
            "" => None,
            text => Some(from_json(text, "conversation", "stretch")?),
        };
        let group = row.held_group.as_deref().map(CapacityGroup::from_code);
        let group = group.map(|group| known(group, "conversation", "held_group")).transpose()?;
        let held = row.held_user_id.zip(row.held_until).map(|(user, until)| HeldPlace {
            user: UserId::stored(user),
            group,
            until: Timestamp::from_micros(until),
        });
        Ok(Self {
            id: ConversationId(row.id),
            ticket: row.ticket_number.map(TicketNumber),
            channel: ChannelId::stored(row.channel_id),
            contact: row.contact_id.map(ContactId),
            visitor: row.visitor,
            visitor_key: row.visitor_key,
            from_call: row.from_call,
            outbound_mails: row.outbound_mails,
            message_count: row.message_count,
            comment_count: row.comment_count,
            last_message_time: row.last_message_time.map(Timestamp::from_micros),
            archived: row.archived,
            control: Control {
                party: known(Party::from_code(&row.controller), "conversation", "controller")?,
                epoch: row.control_epoch,
                since: row.control_time.map(Timestamp::from_micros),
            },
            handoff: row.handoff_id.map(HandoffId),
            held,
            stretch,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
