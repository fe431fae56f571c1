//! Contacts on the wire.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::ids::{AccountId, ContactId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::ticket_batch::error as batch_error;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::Service;
use crate::service::contacts::{self, ContactChanges, Create, Delete, Identify, Merge, Update, cookie_hash};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

const CHANGEABLE: [&str; 6] = ["display_name", "owner", "language_code", "marketing", "emails", "phones"];
const OUTPUT_ONLY: [&str; 7] = ["name", "tracked", "handles", "merged_into", "create_time", "update_time", "etag"];

/// A contact as callers see it.
pub fn contact(account: &AccountId, contact: &Contact) -> v1::Contact {
    let points = |kind: PointKind| {
        let of_kind = contact.points.iter().filter(|point| point.kind == kind);
        of_kind.map(|point| point.value.clone()).collect()
    };
    v1::Contact {
        name: Name::Contact(contact.id).within(account),
        display_name: contact.display_name.clone(),
        owner: contact.owner.clone().map(|id| Name::User(id).within(account)).unwrap_or_default(),
        language_code: contact.language_code.clone(),
        emails: points(PointKind::Email),
        phones: points(PointKind::Phone),
        tracked: contact.tracked,
        marketing: contact.marketing,
        handles: points(PointKind::Handle),
        merged_into: contact.merged_into.map(|id| Name::Contact(id).within(account)).unwrap_or_default(),
        create_time: Some(timestamp(contact.create_time)),
        update_time: Some(timestamp(contact.update_time)),
        etag: etag(contact.version),
    }
}

fn emails(contact: &v1::Contact) -> BTreeSet<Point> {
    contact.emails.iter().map(|address| Point::email(address)).collect()
}

fn phones(contact: &v1::Contact) -> BTreeSet<Point> {
    contact.phones.iter().map(|number| Point::phone(number)).collect()
}

/// The use case of a `CreateContact` request.
///
/// # Errors
/// A reference that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateContactRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let contact = name::required("contact", request.contact)?;
    Ok(Create { values: values(grant, "contact.owner", contact)? })
}

/// The values of a new contact; `owner` is the path of its owner in the request.
///
/// # Errors
/// A reference that cannot exist.
pub fn values(grant: &Grant, owner: &str, contact: v1::Contact) -> Result<ContactChanges, Rejection> {
    Ok(ContactChanges {
        owner: Some(name::user_ref(grant, owner, &contact.owner)?),
        emails: Some(emails(&contact)),
        phones: Some(phones(&contact)),
        display_name: Some(contact.display_name.trim().to_owned()),
        marketing: Some(contact.marketing),
        language_code: Some(contact.language_code),
    })
}

/// The use case of an `UpdateContact` request.
///
/// # Errors
/// A bad mask, or a reference that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateContactRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let contact = name::required("contact", request.contact)?;
    let id = name::contact(grant, "contact.name", &contact.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes = ContactChanges {
        display_name: asked("display_name").then(|| contact.display_name.trim().to_owned()),
        language_code: asked("language_code").then(|| contact.language_code.clone()),
        marketing: asked("marketing").then_some(contact.marketing),
        emails: asked("emails").then(|| emails(&contact)),
        phones: asked("phones").then(|| phones(&contact)),
        owner: None,
    };
    if asked("owner") {
        changes.owner = Some(name::user_ref(grant, "contact.owner", &contact.owner)?);
    }
    Ok(Update { contact: id, changes, etag: version_of(&contact.etag) })
}

/// The use case of a `DeleteContact` request.
///
/// # Errors
/// A name of something else.
pub fn delete(grant: &Grant, request: v1::DeleteContactRequest) -> Result<Delete, Rejection> {
    let v1::DeleteContactRequest { name: contact, etag, .. } = request;
    Ok(Delete { contact: name::contact(grant, "name", &contact)?, etag: version_of(&etag) })
}

/// The contacts of a `BatchGetContacts` request. A name in another account is one that is not there.
///
/// # Errors
/// The storage's.
pub async fn several(
    service: &Service,
    grant: &Grant,
    names: &[String],
) -> Result<Vec<v1::BatchContactResult>, Rejection> {
    use v1::batch_contact_result::Result as Outcome;
    let asked: Vec<Result<ContactId, Rejection>> =
        names.iter().map(|text| name::contact(grant, "names", text)).collect();
    let ids: Vec<ContactId> = asked.iter().flatten().copied().collect();
    let found = contacts::many(service, grant, &ids).await?;
    let mut found: BTreeMap<ContactId, _> = ids.into_iter().zip(found).collect();
    let missing = || Err(Rejection::Internal("a contact without answer".to_owned()));
    let account = grant.account()?;
    let result = |asked: Result<ContactId, Rejection>| {
        let result = match asked.and_then(|id| found.remove(&id).unwrap_or_else(missing)) {
            Ok(one) => Outcome::Contact(contact(account, &one)),
            Err(rejection) => Outcome::Error(batch_error(rejection)),
        };
        v1::BatchContactResult { result: Some(result) }
    };
    Ok(asked.into_iter().map(result).collect())
}

/// The use case of a `MergeContacts` request.
///
/// # Errors
/// A reference that cannot exist.
pub fn merge(grant: &Grant, request: v1::MergeContactsRequest) -> Result<Merge, Rejection> {
    let v1::MergeContactsRequest { name: stays, source, etag, .. } = request;
    let contact = name::contact(grant, "name", &stays)?;
    let source = name::required("source", name::contact_ref(grant, "source", &source)?)?;
    Ok(Merge { contact, source, etag: version_of(&etag) })
}

/// The use case of an `IdentifyVisitor` request.
///
/// # Errors
/// A reference that cannot exist.
pub fn identify(grant: &Grant, request: v1::IdentifyVisitorRequest) -> Result<Identify, Rejection> {
    let v1::IdentifyVisitorRequest { parent, cookie, contact, .. } = request;
    name::account(grant, "parent", &parent)?;
    let contact = name::required("contact", name::contact_ref(grant, "contact", &contact)?)?;
    Ok(Identify { cookie_hash: cookie_hash(&cookie), contact })
}
