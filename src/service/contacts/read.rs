//! Reading contacts.

use crate::domain::contact::Contact;
use crate::domain::filter::schema::CONTACT;
use crate::domain::ids::ContactId;
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

/// One page of contacts, oldest first.
///
/// # Errors
/// A filter that is none, or the storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Contact>, Rejection> {
    let filter = page::plan(service, grant, &CONTACT, &query.filter)?;
    contacts::list(&service.store, grant.account()?, &filter, &query.page).await.map_err(|error| error.rejection())
}
