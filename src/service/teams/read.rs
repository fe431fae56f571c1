//! Reading teams.

use super::team::CountedTeam;
use crate::domain::ids::TeamId;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::domain::user::Membership;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::people;

/// One team.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &TeamId) -> Result<CountedTeam, Rejection> {
    let account = grant.account()?;
    let found = people::team(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let missing = || Rejection::NotFound { resource: Name::Team(id.clone()).within(account) };
    found.map(|(team, members)| CountedTeam { team, members }).ok_or_else(missing)
}

/// One page of the teams by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, page: &PageRequest) -> Result<Page<CountedTeam>, Rejection> {
    let rows = people::teams(&service.store, grant.account()?, page).await;
    let rows = rows.map_err(|error| error.rejection())?;
    Ok(rows.map(|(team, members)| CountedTeam { team, members }))
}

/// One page of the members of a team, by person.
///
/// # Errors
/// [`Rejection::NotFound`] for an absent team.
pub async fn members(
    service: &Service,
    grant: &Grant,
    id: &TeamId,
    page: &PageRequest,
) -> Result<Page<Membership>, Rejection> {
    get(service, grant, id).await?;
    let rows = people::members(&service.store, grant.account()?, id, page).await;
    rows.map_err(|error| error.rejection())
}
