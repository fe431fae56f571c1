//! Reading people, teams and access keys. Lists go by id, which never changes.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, access_key, account_user, team, team_member};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use crate::domain::filter::Direction::Ascending;
use crate::domain::ids::{AccessKeyId, AccountId, TeamId, UserId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::user::{AccessKey, Membership, Team, User};

/// A person with the memberships, by team.
pub type PersonRows = (User, Vec<Membership>);

/// One person.
///
/// # Errors
/// The database's.
pub async fn user(store: &Store, account: &AccountId, id: &UserId) -> Result<Option<PersonRows>, StoreError> {
    let key = (account.to_string(), id.to_string());
    let Some(row) = account_user::Entity::find_by_id(key).one(store.reader()).await? else { return Ok(None) };
    Ok(with_teams(store, account, vec![User::from_row(row)?]).await?.pop())
}

/// One page of the people.
///
/// # Errors
/// The database's.
pub async fn users(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<PersonRows>, StoreError> {
    use account_user::{Column, Entity};
    let all = Entity::find().filter(Column::AccountId.eq(account.as_str()));
    let found = fetch::<User>(store, all, &[Key::column(Column::Id)], Ascending, page).await?;
    Ok(Page { items: with_teams(store, account, found.items).await?, next: found.next })
}

async fn with_teams(store: &Store, account: &AccountId, users: Vec<User>) -> Result<Vec<PersonRows>, StoreError> {
    use team_member::Column;
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let ids = users.iter().map(|user| Value::from(user.id.to_string()));
    let rows = team_member::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), Column::UserId, ids))
        .order_by_asc(Column::TeamId)
        .all(store.reader())
        .await?;
    let mut teams: HashMap<UserId, Vec<Membership>> = HashMap::new();
    for row in rows {
        let member = Membership::from_row(row)?;
        teams.entry(member.user.clone()).or_default().push(member);
    }
    let with = |user: User| (teams.remove(&user.id).unwrap_or_default(), user);
    Ok(users.into_iter().map(with).map(|(teams, user)| (user, teams)).collect())
}

/// One team with the number of its members.
///
/// # Errors
/// The database's.
pub async fn team(store: &Store, account: &AccountId, id: &TeamId) -> Result<Option<(Team, usize)>, StoreError> {
    let key = (account.to_string(), id.to_string());
    let Some(row) = team::Entity::find_by_id(key).one(store.reader()).await? else { return Ok(None) };
    Ok(counted(store, account, vec![Team::from_row(row)?]).await?.pop())
}

/// One page of the teams.
///
/// # Errors
/// The database's.
pub async fn teams(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<(Team, usize)>, StoreError> {
    use team::{Column, Entity};
    let all = Entity::find().filter(Column::AccountId.eq(account.as_str()));
    let found = fetch::<Team>(store, all, &[Key::column(Column::Id)], Ascending, page).await?;
    Ok(Page { items: counted(store, account, found.items).await?, next: found.next })
}

async fn counted(store: &Store, account: &AccountId, teams: Vec<Team>) -> Result<Vec<(Team, usize)>, StoreError> {
    use team_member::Column;
    let ids = teams.iter().map(|team| Value::from(team.id.to_string()));
    let counts: Vec<(String, i64)> = team_member::Entity::find()
        .select_only()
        .column(Column::TeamId)
        .column_as(Expr::col(Column::UserId).count(), "members")
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), Column::TeamId, ids))
        .group_by(Column::TeamId)
        .into_tuple()
        .all(store.reader())
        .await?;
    let counts: HashMap<String, i64> = counts.into_iter().collect();
    let count = |team: &Team| counts.get(team.id.as_str()).and_then(|count| usize::try_from(*count).ok()).unwrap_or(0);
    Ok(teams.into_iter().map(|team| (count(&team), team)).map(|(count, team)| (team, count)).collect())
}

/// One page of the members of a team, by person.
///
/// # Errors
/// The database's.
pub async fn members(
    store: &Store,
    account: &AccountId,
    team: &TeamId,
    page: &PageRequest,
) -> Result<Page<Membership>, StoreError> {
    use team_member::{Column, Entity};
    let all = Entity::find().filter(Column::AccountId.eq(account.as_str())).filter(Column::TeamId.eq(team.as_str()));
    fetch(store, all, &[Key::column(Column::UserId)], Ascending, page).await
}

/// One access key.
///
/// # Errors
/// The database's.
pub async fn key(store: &Store, account: &AccountId, id: &AccessKeyId) -> Result<Option<AccessKey>, StoreError> {
    let key = (account.to_string(), id.to_string());
    let found = access_key::Entity::find_by_id(key).one(store.reader()).await?;
    Ok(found.map(AccessKey::from_row).transpose()?)
}

/// One page of the access keys.
///
/// # Errors
/// The database's.
pub async fn keys(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<AccessKey>, StoreError> {
    use access_key::{Column, Entity};
    let all = Entity::find().filter(Column::AccountId.eq(account.as_str()));
    fetch(store, all, &[Key::column(Column::Id)], Ascending, page).await
}
