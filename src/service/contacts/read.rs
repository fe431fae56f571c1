//! Reading contacts.

use std::collections::BTreeMap;

use crate::domain::contact::Contact;
use crate::domain::filter::Direction;
use crate::domain::filter::schema::{CONTACT, CONTACT_ORDER, ContactField};
use crate::domain::ids::ContactId;
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::storage::read::contacts;

/// One contact.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: ContactId) -> Result<Contact, Rejection> {
    let account = grant.account()?;
    let found = contacts::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Contact(id).within(account) })
}

/// The same, with what is left of one that became one with another.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn find(service: &Service, grant: &Grant, id: ContactId) -> Result<Contact, Rejection> {
    let account = grant.account()?;
    let found = contacts::find(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Contact(id).within(account) })
}

/// Several contacts, each for itself, in the order in which they are asked for.
///
/// # Errors
/// The storage's. A contact that is not there is [`Rejection::NotFound`] in its own place.
pub async fn many(
    service: &Service,
    grant: &Grant,
    ids: &[ContactId],
) -> Result<Vec<Result<Contact, Rejection>>, Rejection> {
    let account = grant.account()?;
    let records: Vec<RecordRef> = ids.iter().copied().map(RecordRef::Contact).collect();
    let found = contacts::some(&service.store, account, &records).await.map_err(|error| error.rejection())?;
    let mut found: BTreeMap<ContactId, Contact> = found.into_iter().map(|contact| (contact.id, contact)).collect();
    let missing = |id: ContactId| Rejection::NotFound { resource: Name::Contact(id).within(account) };
    Ok(ids.iter().map(|id| found.remove(id).ok_or_else(|| missing(*id))).collect())
}

/// One page of contacts, oldest first unless another order is asked for.
///
/// # Errors
/// A filter or an order that is none, or the storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Contact>, Rejection> {
    let filter = page::plan(service, grant, &CONTACT, &query.filter)?;
    let oldest = (ContactField::CreateTime, Direction::Ascending);
    let order = page::order(&query.order_by, CONTACT_ORDER, ContactField::CreateTime, oldest)?;
    let found = contacts::list(&service.store, grant.account()?, &filter, order, &query.page).await;
    found.map_err(|error| error.rejection())
}
