//! Tickets.

use super::{codes, field, reference, reference_below, searched};
use crate::domain::channel::ChannelKind;
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, PropertyField, Schema, Shape};
use crate::domain::life::Area;
use crate::domain::pipeline::StatusCategory;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::Priority;

/// Fields of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum TicketField {
    Number,
    Subject,
    Description,
    Pipeline,
    Status,
    StatusCategory,
    State,
    Priority,
    Category,
    Tags,
    Contact,
    Owner,
    Team,
    Channel,
    Source,
    Manual,
    CreateTime,
    UpdateTime,
    CloseTime,
    UnassignedReason,
    MergedInto,
    SplitFrom,
    Spam,
    SpamTime,
    Area,
    Follower,
    Mention,
    SharedUser,
    SharedTeam,
    DeleteTime,
    Company,
    Deal,
    Activity,
    Properties,
    Property(PropertyField),
}

/// Tickets.
pub static TICKET: Schema<TicketField> = {
    use TicketField as F;
    Schema {
        fields: &[
            field("number", F::Number, Kind::Number),
            searched("subject", F::Subject, Kind::Text),
            searched("description", F::Description, Kind::Text),
            field("pipeline", F::Pipeline, reference("pipelines", IdKind::Chosen)),
            field(
                "status",
                F::Status,
                reference_below("pipelines", F::Pipeline, IdKind::Chosen, "statuses", IdKind::Chosen),
            ),
            field("status_category", F::StatusCategory, Kind::Enum(&STATUS_CATEGORY)),
            field("state", F::State, Kind::Enum(&TICKET_STATE)),
            field("priority", F::Priority, Kind::Enum(&PRIORITY)),
            field("category", F::Category, Kind::Keyword),
            field("tags", F::Tags, Kind::Keyword),
            field("contact", F::Contact, reference("contacts", IdKind::Uuid)),
            field("owner", F::Owner, reference("users", IdKind::Chosen)),
            field("team", F::Team, reference("teams", IdKind::Chosen)),
            field("channel", F::Channel, reference("channels", IdKind::Chosen)),
            field("source", F::Source, Kind::Enum(&CHANNEL_TYPE)),
            field("manual", F::Manual, Kind::Bool),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
            field("close_time", F::CloseTime, Kind::Time),
            field("unassigned_reason", F::UnassignedReason, Kind::Enum(&UNASSIGNED_REASON)),
            field("merged_into", F::MergedInto, reference("tickets", IdKind::TicketNumber)),
            field("split_from", F::SplitFrom, reference("tickets", IdKind::TicketNumber)),
            field("spam", F::Spam, Kind::Bool),
            field("spam_time", F::SpamTime, Kind::Time),
            field("area", F::Area, Kind::Enum(&AREA)),
            field("follower", F::Follower, reference("users", IdKind::Chosen)),
            field("mention", F::Mention, reference("users", IdKind::Chosen)),
            field("shared_user", F::SharedUser, reference("users", IdKind::Chosen)),
            field("shared_team", F::SharedTeam, reference("teams", IdKind::Chosen)),
            field("delete_time", F::DeleteTime, Kind::Time),
            field("company", F::Company, reference("companies", IdKind::Uuid)),
            field("deal", F::Deal, reference("deals", IdKind::Uuid)),
            field("activity", F::Activity, reference("activities", IdKind::Uuid)),
            field("properties", F::Properties, Kind::Properties(F::Property)),
        ],
    }
};

/// What lists of tickets may be ordered by. A missing priority and the rank of the others are the list's business.
pub const TICKET_ORDER: &[(&str, TicketField)] = &[
    ("number", TicketField::Number),
    ("create_time", TicketField::CreateTime),
    ("update_time", TicketField::UpdateTime),
    ("priority", TicketField::Priority),
];

/// Reasons for which a ticket has no owner.
pub(super) static UNASSIGNED_REASON: Enumeration =
    Enumeration { prefix: "UNASSIGNED_REASON_", codes: codes!(UnassignedReason), shape: Shape::Plain };

static AREA: Enumeration = Enumeration { prefix: "AREA_", codes: codes!(Area), shape: Shape::Plain };
pub(super) static STATUS_CATEGORY: Enumeration =
    Enumeration { prefix: "STATUS_CATEGORY_", codes: codes!(StatusCategory), shape: Shape::Plain };
pub(super) static TICKET_STATE: Enumeration =
    Enumeration { prefix: "TICKET_STATE_", codes: &["closed", "open"], shape: Shape::Flag };
pub(super) static PRIORITY: Enumeration =
    Enumeration { prefix: "PRIORITY_", codes: codes!(Priority), shape: Shape::Ordered };
pub(super) static CHANNEL_TYPE: Enumeration =
    Enumeration { prefix: "CHANNEL_TYPE_", codes: codes!(ChannelKind), shape: Shape::Plain };
