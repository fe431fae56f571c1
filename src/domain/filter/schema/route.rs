//! What the rules of a routing look at: the ticket, its contact and the first message.

use super::ticket::{CHANNEL_TYPE, PRIORITY};
use super::{field, reference, searched};
use crate::domain::contact::{Contact, PointKind};
use crate::domain::conversation::Message;
use crate::domain::filter::eval::{Record, Value};
use crate::domain::filter::kind::{IdKind, Kind, Schema};
use crate::domain::ids::{ChannelId, UserId};
use crate::domain::ticket::{Priority, Ticket};

/// Fields of a ticket that is to be routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resources of the contract, under the same names")]
pub enum RouteField {
    Subject,
    Priority,
    Category,
    Tags,
    Pipeline,
    Channel,
    Source,
    ContactName,
    ContactEmail,
    ContactLanguage,
    ContactOwner,
    ContactTracked,
    MessageText,
    MessageSender,
    MessageFiles,
}

/// What the rules of a routing look at.
pub static ROUTE: Schema<RouteField> = {
    use RouteField as F;
    Schema {
        fields: &[
            searched("ticket.subject", F::Subject, Kind::Text),
            field("ticket.priority", F::Priority, Kind::Enum(&PRIORITY)),
            field("ticket.category", F::Category, Kind::Keyword),
            field("ticket.tags", F::Tags, Kind::Keyword),
            field("ticket.pipeline", F::Pipeline, reference("pipelines", IdKind::Chosen)),
            field("ticket.channel", F::Channel, reference("channels", IdKind::Chosen)),
            field("ticket.source", F::Source, Kind::Enum(&CHANNEL_TYPE)),
            field("contact.display_name", F::ContactName, Kind::Text),
            field("contact.email", F::ContactEmail, Kind::Address),
            field("contact.language_code", F::ContactLanguage, Kind::Keyword),
            field("contact.owner", F::ContactOwner, reference("users", IdKind::Chosen)),
            field("contact.tracked", F::ContactTracked, Kind::Bool),
            searched("message.text", F::MessageText, Kind::Text),
            field("message.sender_address", F::MessageSender, Kind::Address),
            field("message.has_attachments", F::MessageFiles, Kind::Bool),
        ],
    }
};

/// A ticket that is to be routed, with what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// Its contact, if known.
    pub contact: Option<&'a Contact>,
    /// The first message, if it is at hand.
    pub message: Option<&'a Message>,
}

impl Record for Route<'_> {
    type Field = RouteField;

    fn value(&self, field: RouteField) -> Value<'_> {
        let Self { ticket, contact, message } = self;
        match field {
            RouteField::Subject => Value::from(ticket.subject.as_str()),
            RouteField::Priority => Value::from(ticket.priority.map(Priority::code)),
            RouteField::Category => Value::from(ticket.category.as_str()),
            RouteField::Tags => Value::List(ticket.tags.iter().map(|tag| Value::from(tag.as_str())).collect()),
            RouteField::Pipeline => Value::from(ticket.pipeline.as_str()),
            RouteField::Channel => Value::from(ticket.channel.as_ref().map(ChannelId::as_str)),
            RouteField::Source => Value::from(ticket.source.map(crate::domain::channel::ChannelKind::code)),
            RouteField::ContactName => Value::from(contact.map(|contact| contact.display_name.as_str())),
            RouteField::ContactEmail => contact.map_or(Value::Missing, emails),
            RouteField::ContactLanguage => Value::from(contact.map(|contact| contact.language_code.as_str())),
            RouteField::ContactOwner => {
                Value::from(contact.and_then(|contact| contact.owner.as_ref()).map(UserId::as_str))
            }
            RouteField::ContactTracked => Value::Bool(contact.is_some_and(|contact| contact.tracked)),
            RouteField::MessageText => Value::from(message.map(|message| message.text.as_str())),
            RouteField::MessageSender => message.map_or(Value::Missing, |m| m.sender_address.to_lowercase().into()),
            RouteField::MessageFiles => Value::Bool(message.is_some_and(|message| !message.attachments.is_empty())),
        }
    }
}

fn emails(contact: &Contact) -> Value<'_> {
    let own = contact.points.iter().filter(|point| point.kind == PointKind::Email);
    Value::List(own.map(|point| Value::from(point.value.as_str())).collect())
}
