//! Activities.

use super::{codes, field, reference, searched};
use crate::domain::activity::ActivityKind;
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};

/// Fields of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum ActivityField {
    Kind,
    Subject,
    Text,
    Contact,
    Company,
    Deal,
    Ticket,
    HappenTime,
    CreateTime,
    UpdateTime,
}

/// Activities.
pub static ACTIVITY: Schema<ActivityField> = {
    use ActivityField as F;
    Schema {
        fields: &[
            field("kind", F::Kind, Kind::Enum(&ACTIVITY_KIND)),
            searched("subject", F::Subject, Kind::Text),
            searched("text", F::Text, Kind::Text),
            field("contact", F::Contact, reference("contacts", IdKind::Uuid)),
            field("company", F::Company, reference("companies", IdKind::Uuid)),
            field("deal", F::Deal, reference("deals", IdKind::Uuid)),
            field("ticket", F::Ticket, reference("tickets", IdKind::TicketNumber)),
            field("happen_time", F::HappenTime, Kind::Time),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// What lists of activities may be ordered by.
pub const ACTIVITY_ORDER: &[(&str, ActivityField)] =
    &[("happen_time", ActivityField::HappenTime), ("create_time", ActivityField::CreateTime)];

static ACTIVITY_KIND: Enumeration =
    Enumeration { prefix: "ACTIVITY_KIND_", codes: codes!(ActivityKind), shape: Shape::Plain };
