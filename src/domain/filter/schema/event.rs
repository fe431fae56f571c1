//! Events, in lists and in streams.

use super::{codes, field, reference};
use crate::domain::event::{Event, EventType};
use crate::domain::filter::eval::{Record, Value};
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};

/// Fields of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum EventField {
    Type,
    Resource,
    Ticket,
    Actor,
    EventTime,
    Sequence,
}

/// Events. They have no text of their own, so a word standing alone is refused.
pub static EVENT: Schema<EventField> = {
    use EventField as F;
    Schema {
        fields: &[
            field("type", F::Type, Kind::Enum(&EVENT_TYPE)),
            field("resource", F::Resource, Kind::Name),
            field("ticket", F::Ticket, reference("tickets", IdKind::TicketNumber)),
            field("actor", F::Actor, Kind::Actor),
            field("event_time", F::EventTime, Kind::Time),
            field("sequence", F::Sequence, Kind::Number),
        ],
    }
};

static EVENT_TYPE: Enumeration = Enumeration { prefix: "EVENT_TYPE_", codes: codes!(EventType), shape: Shape::Plain };

impl Record for Event {
    type Field = EventField;

    fn value(&self, field: EventField) -> Value<'_> {
        match field {
            EventField::Type => Value::from(self.kind.code()),
            EventField::Resource => Value::from(self.resource.as_str()),
            EventField::Ticket => self.ticket.map_or(Value::Missing, |ticket| Value::Number(ticket.0)),
            EventField::Actor => Value::from(self.actor.code()),
            EventField::EventTime => Value::Time(self.time),
            EventField::Sequence => Value::Number(self.sequence),
        }
    }
}
