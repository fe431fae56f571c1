//! The fields of each resource that can be filtered, and those it can be ordered by.

use super::kind::{Enumeration, Field, IdKind, Kind, Parent, Reference, Schema, Shape};
use crate::domain::access::Seat;
use crate::domain::channel::ChannelKind;
use crate::domain::event::EventType;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::Priority;
use crate::domain::user::UserState;

/// Fields of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum TicketField {
    Number,
    Subject,
    Description,
    Pipeline,
    Status,
    State,
    Priority,
    Category,
    Tags,
    Contact,
    Owner,
    Team,
    Channel,
    Source,
    ExternalId,
    Manual,
    CreateTime,
    UpdateTime,
    CloseTime,
    UnassignedReason,
}

/// Fields of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum ContactField {
    DisplayName,
    Email,
    Phone,
    Owner,
    Tracked,
    CreateTime,
    UpdateTime,
}

/// Fields of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum UserField {
    DisplayName,
    Email,
    State,
    Seat,
    Availability,
    Team,
}

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

/// Tickets.
pub static TICKET: Schema<TicketField> = {
    use TicketField as F;
    Schema {
        search: &[F::Subject, F::Description],
        fields: &[
            field("number", F::Number, Kind::Number),
            field("subject", F::Subject, Kind::Text),
            field("description", F::Description, Kind::Text),
            field("pipeline", F::Pipeline, to("pipelines", IdKind::Chosen)),
            field("status", F::Status, below("pipelines", F::Pipeline, "statuses")),
            field("state", F::State, Kind::Enum(&TICKET_STATE)),
            field("priority", F::Priority, Kind::Enum(&PRIORITY)),
            field("category", F::Category, Kind::Keyword),
            field("tags", F::Tags, Kind::Keyword),
            field("contact", F::Contact, to("contacts", IdKind::Uuid)),
            field("owner", F::Owner, to("users", IdKind::Chosen)),
            field("team", F::Team, to("teams", IdKind::Chosen)),
            field("channel", F::Channel, to("channels", IdKind::Chosen)),
            field("source", F::Source, Kind::Enum(&CHANNEL_TYPE)),
            field("external_id", F::ExternalId, Kind::Keyword),
            field("manual", F::Manual, Kind::Bool),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
            field("close_time", F::CloseTime, Kind::Time),
            field("unassigned_reason", F::UnassignedReason, Kind::Enum(&UNASSIGNED_REASON)),
        ],
    }
};

/// Contacts.
pub static CONTACT: Schema<ContactField> = {
    use ContactField as F;
    Schema {
        search: &[F::DisplayName, F::Email],
        fields: &[
            field("display_name", F::DisplayName, Kind::Text),
            field("email", F::Email, Kind::Text),
            field("phone", F::Phone, Kind::Keyword),
            field("owner", F::Owner, to("users", IdKind::Chosen)),
            field("tracked", F::Tracked, Kind::Bool),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// Users.
pub static USER: Schema<UserField> = {
    use UserField as F;
    Schema {
        search: &[F::DisplayName, F::Email],
        fields: &[
            field("display_name", F::DisplayName, Kind::Text),
            field("email", F::Email, Kind::Text),
            field("state", F::State, Kind::Enum(&USER_STATE)),
            field("seat", F::Seat, Kind::Enum(&SEAT)),
            field("availability", F::Availability, Kind::Enum(&AVAILABILITY)),
            field("team", F::Team, to("teams", IdKind::Chosen)),
        ],
    }
};

/// Events. They have no text of their own, so a word standing alone is refused.
pub static EVENT: Schema<EventField> = {
    use EventField as F;
    Schema {
        search: &[],
        fields: &[
            field("type", F::Type, Kind::Enum(&EVENT_TYPE)),
            field("resource", F::Resource, Kind::Name),
            field("ticket", F::Ticket, to("tickets", IdKind::TicketNumber)),
            field("actor", F::Actor, Kind::Actor),
            field("event_time", F::EventTime, Kind::Time),
            field("sequence", F::Sequence, Kind::Number),
        ],
    }
};

/// What lists of tickets may be ordered by: fields that are never missing, as keyset pages need.
pub const TICKET_ORDER: &[(&str, TicketField)] = &[
    ("number", TicketField::Number),
    ("create_time", TicketField::CreateTime),
    ("update_time", TicketField::UpdateTime),
];

/// What lists of contacts may be ordered by.
pub const CONTACT_ORDER: &[(&str, ContactField)] = &[
    ("display_name", ContactField::DisplayName),
    ("create_time", ContactField::CreateTime),
    ("update_time", ContactField::UpdateTime),
];

/// What lists of users may be ordered by.
pub const USER_ORDER: &[(&str, UserField)] = &[("display_name", UserField::DisplayName), ("email", UserField::Email)];

/// The stored codes of an enum of the domain, as a constant.
macro_rules! codes {
    ($set:ty) => {{
        const COUNT: usize = <$set>::ALL.len();
        const CODES: [&str; COUNT] = {
            let mut codes = [""; COUNT];
            let mut index = 0;
            while index < COUNT {
                codes[index] = <$set>::ALL[index].code();
                index += 1;
            }
            codes
        };
        &CODES
    }};
}

static TICKET_STATE: Enumeration =
    Enumeration { prefix: "TICKET_STATE_", codes: &["closed", "open"], shape: Shape::Flag };
static PRIORITY: Enumeration = Enumeration { prefix: "PRIORITY_", codes: codes!(Priority), shape: Shape::Ordered };
static CHANNEL_TYPE: Enumeration =
    Enumeration { prefix: "CHANNEL_TYPE_", codes: codes!(ChannelKind), shape: Shape::Plain };
static UNASSIGNED_REASON: Enumeration =
    Enumeration { prefix: "UNASSIGNED_REASON_", codes: codes!(UnassignedReason), shape: Shape::Plain };
static USER_STATE: Enumeration = Enumeration { prefix: "USER_STATE_", codes: codes!(UserState), shape: Shape::Plain };
static SEAT: Enumeration = Enumeration { prefix: "SEAT_", codes: codes!(Seat), shape: Shape::Ordered };
static AVAILABILITY: Enumeration =
    Enumeration { prefix: "AVAILABILITY_STATE_", codes: &["away", "available"], shape: Shape::Flag };
static EVENT_TYPE: Enumeration = Enumeration { prefix: "EVENT_TYPE_", codes: codes!(EventType), shape: Shape::Plain };

const fn field<F: Copy>(path: &'static str, id: F, kind: Kind<F>) -> Field<F> {
    Field { path, id, kind }
}

const fn to<F: Copy>(collection: &'static str, id: IdKind) -> Kind<F> {
    Kind::Reference(Reference { collection, id, parent: None })
}

const fn below<F: Copy>(upper: &'static str, field: F, collection: &'static str) -> Kind<F> {
    let parent = Some(Parent { collection: upper, field });
    Kind::Reference(Reference { collection, id: IdKind::Chosen, parent })
}
