//! Contacts on the wire.

use crate::domain::contact::{Contact, PointKind};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::grpc::convert::timestamp;
use crate::grpc::pb::v1;
use crate::service::desk::etag;

/// A contact as callers see it.
pub fn contact(account: &AccountId, contact: &Contact) -> v1::Contact {
    let of_kind = |kind: PointKind| {
        contact.points.iter().filter(|point| point.kind == kind).map(|point| point.value.clone()).collect()
    };
    v1::Contact {
        name: Name::Contact(contact.id).within(account),
        display_name: contact.display_name.clone(),
        owner: contact.owner.clone().map(|owner| Name::User(owner).within(account)).unwrap_or_default(),
        language_code: contact.language_code.clone(),
        emails: of_kind(PointKind::Email),
        phones: of_kind(PointKind::Phone),
        tracked: contact.tracked,
        handles: of_kind(PointKind::Handle),
        create_time: Some(timestamp(contact.create_time)),
        update_time: Some(timestamp(contact.update_time)),
        etag: etag(contact.version),
    }
}
