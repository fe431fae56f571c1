//! Notifications.

use super::{codes, field, reference};
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};
use crate::domain::notification::NotificationKind;

/// Fields of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum NotificationField {
    Read,
    Kind,
    Ticket,
    CreateTime,
}

/// Notifications. They have no text of their own, so a word standing alone is refused.
pub static NOTIFICATION: Schema<NotificationField> = {
    use NotificationField as F;
    Schema {
        fields: &[
            field("read", F::Read, Kind::Bool),
            field("kind", F::Kind, Kind::Enum(&NOTIFICATION_KIND)),
            field("ticket", F::Ticket, reference("tickets", IdKind::TicketNumber)),
            field("create_time", F::CreateTime, Kind::Time),
        ],
    }
};

static NOTIFICATION_KIND: Enumeration =
    Enumeration { prefix: "NOTIFICATION_KIND_", codes: codes!(NotificationKind), shape: Shape::Plain };
