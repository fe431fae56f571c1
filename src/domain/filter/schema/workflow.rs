//! What the conditions of workflows look at: the ticket as it is at that moment.

use super::ticket::{CHANNEL_TYPE, PRIORITY, STATUS_CATEGORY, TICKET_STATE};
use super::{field, reference, reference_below, searched};
use crate::domain::channel::ChannelKind;
use crate::domain::filter::eval::{Record, Value};
use crate::domain::filter::kind::{IdKind, Kind, PropertyField, Schema};
use crate::domain::ids::{ChannelId, UserId};
use crate::domain::property::PropertyValue;
use crate::domain::ticket::{Priority, Ticket};

/// Fields of a ticket that conditions of workflows name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum WorkflowField {
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
    CloseTime,
    Follower,
    Properties,
    Property(PropertyField),
}

/// Tickets, as workflows look at them.
pub static WORKFLOW: Schema<WorkflowField> = {
    use WorkflowField as F;
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
            field("close_time", F::CloseTime, Kind::Time),
            field("follower", F::Follower, reference("users", IdKind::Chosen)),
            field("properties", F::Properties, Kind::Properties(F::Property)),
        ],
    }
};

impl Record for Ticket {
    type Field = WorkflowField;

    fn value(&self, field: WorkflowField) -> Value<'_> {
        match field {
            WorkflowField::Number => Value::Number(self.number.0),
            WorkflowField::Subject => Value::from(self.subject.as_str()),
            WorkflowField::Description => Value::from(self.description.as_str()),
            WorkflowField::Pipeline => Value::from(self.pipeline.as_str()),
            WorkflowField::Status => Value::from(self.status.as_str()),
            WorkflowField::StatusCategory => Value::from(self.status_category.code()),
            WorkflowField::State => Value::Bool(self.open),
            WorkflowField::Priority => Value::from(self.priority.map(Priority::code)),
            WorkflowField::Category => Value::from(self.category.as_str()),
            WorkflowField::Tags => Value::List(self.tags.iter().map(|tag| Value::from(tag.as_str())).collect()),
            WorkflowField::Contact => Value::from(self.contact.map(|contact| contact.0)),
            WorkflowField::Owner => Value::from(self.owner.as_ref().map(UserId::as_str)),
            WorkflowField::Team => Value::List(self.teams.iter().map(|team| Value::from(team.as_str())).collect()),
            WorkflowField::Channel => Value::from(self.channel.as_ref().map(ChannelId::as_str)),
            WorkflowField::Source => self.source.map_or(Value::Missing, sources),
            WorkflowField::Manual => Value::Bool(self.manual),
            WorkflowField::CreateTime => Value::Time(self.create_time),
            WorkflowField::CloseTime => Value::from(self.close_time),
            WorkflowField::Follower => {
                Value::List(self.life.followers.keys().map(|user| Value::from(user.as_str())).collect())
            }
            WorkflowField::Properties => {
                Value::List(self.properties.keys().map(|id| Value::from(id.as_str())).collect())
            }
            WorkflowField::Property(field) => self.properties.get(&field.id).map_or(Value::Missing, said),
        }
    }
}

/// A value of a property, in the form in which conditions compare it.
fn said(value: &PropertyValue) -> Value<'_> {
    match value {
        PropertyValue::Text(text) | PropertyValue::Choice(text) => Value::from(text.as_str()),
        PropertyValue::Number(number) => Value::Number(number.rank()),
        PropertyValue::Boolean(flag) => Value::Number(i64::from(*flag)),
        PropertyValue::Date(day) => Value::Number(day.number()),
        PropertyValue::Choices(chosen) => Value::List(chosen.iter().map(|value| Value::from(value.as_str())).collect()),
    }
}

/// "Chat" covers live chat and Messenger (C-082).
fn sources(kind: ChannelKind) -> Value<'static> {
    match kind {
        ChannelKind::Messenger => Value::List(vec![kind.code().into(), ChannelKind::Chat.code().into()]),
        kind => kind.code().into(),
    }
}
