//! Conversations and their messages.

use super::{codes, field, reference, reference_below};
use crate::domain::conversation::{Delivery, Direction};
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};

/// Fields of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum ConversationField {
    Ticket,
    Contact,
    Channel,
    CreateTime,
    LastMessageTime,
}

/// Fields of a message. `Conversation` is not written by itself: it is compared when a thread is named in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum MessageField {
    Conversation,
    ExternalId,
    Direction,
    DeliveryState,
    Channel,
    Thread,
    SendTime,
    CreateTime,
}

/// Conversations.
pub static CONVERSATION: Schema<ConversationField> = {
    use ConversationField as F;
    Schema {
        fields: &[
            field("ticket", F::Ticket, reference("tickets", IdKind::TicketNumber)),
            field("contact", F::Contact, reference("contacts", IdKind::Uuid)),
            field("channel", F::Channel, reference("channels", IdKind::Chosen)),
            field("create_time", F::CreateTime, Kind::Time),
            field("last_message_time", F::LastMessageTime, Kind::Time),
        ],
    }
};

/// Messages. What they say is not searched: the list is that of one conversation.
pub static MESSAGE: Schema<MessageField> = {
    use MessageField as F;
    Schema {
        fields: &[
            field("external_id", F::ExternalId, Kind::Keyword),
            field("direction", F::Direction, Kind::Enum(&DIRECTION)),
            field("delivery_state", F::DeliveryState, Kind::Enum(&DELIVERY_STATE)),
            field("channel", F::Channel, reference("channels", IdKind::Chosen)),
            field(
                "thread",
                F::Thread,
                reference_below("conversations", F::Conversation, IdKind::Uuid, "threads", IdKind::Uuid),
            ),
            field("send_time", F::SendTime, Kind::Time),
            field("create_time", F::CreateTime, Kind::Time),
        ],
    }
};

static DIRECTION: Enumeration =
    Enumeration { prefix: "MESSAGE_DIRECTION_", codes: codes!(Direction), shape: Shape::Plain };
static DELIVERY_STATE: Enumeration =
    Enumeration { prefix: "DELIVERY_STATE_", codes: codes!(Delivery), shape: Shape::Plain };
