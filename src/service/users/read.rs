//! Reading people.

use super::person::Person;
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::people;

/// One person.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &UserId) -> Result<Person, Rejection> {
    let account = grant.account()?;
    let found = people::user(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let (user, teams) =
        found.ok_or_else(|| Rejection::NotFound { resource: Name::User(id.clone()).within(account) })?;
    Ok(Person { user, teams })
}

/// One page of the people by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, page: &PageRequest) -> Result<Page<Person>, Rejection> {
    let rows = people::users(&service.store, grant.account()?, page).await;
    let rows = rows.map_err(|error| error.rejection())?;
    Ok(rows.map(|(user, teams)| Person { user, teams }))
}
