//! What became of a message that was sent (C3, C-026).

use crate::domain::conversation::{Delivery, Direction, Message};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, ConversationId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Moves an outgoing message forward. A failure leaves the ticket's owner as it is: sending was accepted (C-026).
#[derive(Debug, Clone)]
pub struct Report {
    /// The channel that reports.
    pub channel: ChannelId,
    /// The conversation in the name that the adapter was given; a split may have taken the message out of it since.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// How far it has come: SENT, DELIVERED, READ or FAILED.
    pub state: Delivery,
    /// Why it failed.
    pub error: String,
    /// The platform's id of the message; may be empty.
    pub external_id: String,
}

impl UseCase for Report {
    type Outcome = Message;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.messages.insert(self.message);
        if let Some(message) = world.messages.peek(&self.message) {
            keys.conversations.insert(message.conversation);
            keys.tickets.extend(world.conversations.peek(&message.conversation).and_then(|found| found.ticket));
        }
        keys.external_ids.extend(self.external_key());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Message, Rejection> {
        let before = self.outgoing(desk)?;
        let mut after = before.clone();
        self.give_external_id(desk, &mut after)?;
        if before.delivery.may_become(self.state) {
            after.delivery = self.state;
            after.delivery_time = Some(desk.session.now());
            if self.state == Delivery::Failed {
                after.delivery_error.clone_from(&self.error);
            }
        } else if before.delivery == Delivery::Failed && self.state != Delivery::Failed {
            return Err(self.no_way(desk, &before));
        }
        if after != before {
            tell_delivery(desk, &before, &after);
            desk.session.world.messages.put(after.id, after.clone());
        }
        Ok(after)
    }
}

impl Report {
    fn external_key(&self) -> Option<(ChannelId, String)> {
        (!self.external_id.is_empty()).then(|| (self.channel.clone(), self.external_id.clone()))
    }

    /// The message, if this channel sent it, wherever it lies now.
    fn outgoing(&self, desk: &Desk<'_, '_>) -> Result<Message, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = desk.world().people().channels.get(&self.channel).ok_or_else(|| desk.not_found(&name))?;
        if channel.delivered_by_service() {
            return Err(Rejection::DeliveredByService { channel: desk.name(&name) });
        }
        let found = desk.world().messages.get(&self.message).cloned();
        let message =
            found.filter(|message| message.channel == self.channel).ok_or_else(|| Rejection::ReferenceNotFound {
                field: "message".to_owned(),
                resource: desk.name(&Name::Message(self.conversation, self.message)),
            })?;
        if message.direction == Direction::Outbound { Ok(message) } else { Err(self.no_way(desk, &message)) }
    }

    fn no_way(&self, desk: &Desk<'_, '_>, message: &Message) -> Rejection {
        Rejection::Transition {
            resource: desk.name(&Name::Message(message.conversation, message.id)),
            from: message.delivery.code().to_uppercase(),
            to: self.state.code().to_uppercase(),
        }
    }

    /// The first id that the platform reports stays; one of another message of the channel is refused.
    fn give_external_id(&self, desk: &mut Desk<'_, '_>, message: &mut Message) -> Result<(), Rejection> {
        let Some(key) = self.external_key().filter(|_| message.external_id.is_none()) else { return Ok(()) };
        if let Some(other) = desk.world().external_ids.get(&key).copied() {
            let conversation = desk.world().messages.peek(&other).map(|found| found.conversation);
            let existing = conversation.map(|id| desk.name(&Name::Message(id, other))).unwrap_or_default();
            let value = self.external_id.clone();
            return Err(Rejection::Duplicate { field: "external_id", value, existing });
        }
        desk.session.world.external_ids.put(key, message.id);
        message.external_id = Some(self.external_id.clone());
        Ok(())
    }
}

/// Records how far an outgoing message has come.
pub fn tell_delivery(desk: &mut Desk<'_, '_>, before: &Message, after: &Message) {
    tell(desk, EventType::MessageDeliveryChanged, before, after);
}

/// Records that an outgoing message came back.
pub(super) fn tell_bounce(desk: &mut Desk<'_, '_>, before: &Message, after: &Message) {
    tell(desk, EventType::MessageBounced, before, after);
}

fn tell(desk: &mut Desk<'_, '_>, kind: EventType, before: &Message, after: &Message) {
    let ticket = desk.world().conversations.get(&after.conversation).and_then(|found| found.ticket);
    let state = |message: &Message| message.delivery.code().to_uppercase();
    let fields = [
        FieldChange::of("delivery_state", state(before), state(after)),
        FieldChange::of(
            "external_id",
            before.external_id.as_deref().unwrap_or_default(),
            after.external_id.as_deref().unwrap_or_default(),
        ),
    ];
    let name = Name::Message(after.conversation, after.id).to_string();
    let fields = fields.into_iter().flatten().collect();
    desk.session.record(kind, name, ticket, fields, None);
}
