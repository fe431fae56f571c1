//! Reading teams.

use super::team::CountedTeam;
use crate::domain::ids::TeamId;
use crate::domain::names::Name;
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

/// The next teams by id, after `after` and at most `limit`.
///
/// # Errors
/// The storage's.
pub async fn list(
    service: &Service,
    grant: &Grant,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<CountedTeam>, Rejection> {
    let rows = people::teams(&service.store, grant.account()?, after, limit).await;
    let rows = rows.map_err(|error| error.rejection())?;
    Ok(rows.into_iter().map(|(team, members)| CountedTeam { team, members }).collect())
}

/// The next members of a team by person, after `after` and at most `limit`.
///
/// # Errors
/// [`Rejection::NotFound`] for an absent team.
pub async fn members(
    service: &Service,
    grant: &Grant,
    id: &TeamId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Membership>, Rejection> {
    get(service, grant, id).await?;
    let rows = people::members(&service.store, grant.account()?, id, after, limit).await;
    rows.map_err(|error| error.rejection())
}
