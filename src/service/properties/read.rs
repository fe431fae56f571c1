//! Reading properties and the creation form.

use crate::domain::ids::PropertyId;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::Property;
use crate::domain::rejection::Rejection;
use crate::domain::ticket_form::TicketForm;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::properties;

/// Which properties to list.
#[derive(Debug, Clone)]
pub struct PropertyQuery {
    /// Those out of use, too.
    pub archived: bool,
    /// Which page.
    pub page: PageRequest,
}

/// One property.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &PropertyId) -> Result<Property, Rejection> {
    let account = grant.account()?;
    let found = properties::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::TicketProperty(id.clone()).within(account) })
}

/// One page of properties, by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &PropertyQuery) -> Result<Page<Property>, Rejection> {
    let page = properties::list(&service.store, grant.account()?, query.archived, &query.page).await;
    page.map_err(|error| error.rejection())
}

/// The creation form.
///
/// # Errors
/// The storage's.
pub async fn form(service: &Service, grant: &Grant) -> Result<TicketForm, Rejection> {
    properties::form(&service.store, grant.account()?).await.map_err(|error| error.rejection())
}
