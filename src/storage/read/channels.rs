//! Reading channels, and the people that their routing names.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, account_user, channel, team_member};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::channel::{Channel, Target};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, ChannelId, PipelineId, TeamId, UserId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::routing::TargetPeople;
use crate::domain::user::User;

/// One channel.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
    let row = channel::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(Channel::from_row).transpose()?)
}

/// One page of channels, by id.
///
/// # Errors
/// The database's.
pub async fn list(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<Channel>, StoreError> {
    let select = channel::Entity::find().filter(channel::Column::AccountId.eq(account.as_str()));
    page::fetch(store, select, &[Key::column(channel::Column::Id)], Direction::Ascending, page).await
}

/// One page of the enabled channels that make tickets in a pipeline, by id.
///
/// # Errors
/// The database's.
pub async fn making_tickets(
    store: &Store,
    account: &AccountId,
    pipeline: &PipelineId,
    page: &PageRequest,
) -> Result<Page<Channel>, StoreError> {
    let select = channel::Entity::find()
        .filter(channel::Column::AccountId.eq(account.as_str()))
        .filter(channel::Column::PipelineId.eq(pipeline.as_str()))
        .filter(channel::Column::Enabled.eq(true))
        .filter(channel::Column::CreatesTickets.eq(true));
    page::fetch(store, select, &[Key::column(channel::Column::Id)], Direction::Ascending, page).await
}

/// The people that a target names, and the main members of its teams.
///
/// # Errors
/// The database's.
pub async fn people_of(store: &Store, account: &AccountId, target: &Target) -> Result<TargetPeople, StoreError> {
    let Target::People { users, teams } = target else { return Ok(TargetPeople::default()) };
    let mut people = TargetPeople::default();
    let team_ids = teams.iter().map(|id| Value::from(id.to_string()));
    let members = team_member::Entity::find()
        .filter(team_member::Column::AccountId.eq(account.as_str()))
        .filter(team_member::Column::Main.eq(true))
        .filter(among(store.backend(), team_member::Column::TeamId, team_ids))
        .all(store.reader())
        .await?;
    for member in members {
        let of_team = people.main_members.entry(TeamId::stored(member.team_id)).or_default();
        of_team.push(UserId::stored(member.user_id));
    }
    let named = users.iter().chain(people.main_members.values().flatten()).map(|id| Value::from(id.to_string()));
    let rows = account_user::Entity::find()
        .filter(account_user::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), account_user::Column::Id, named.collect::<Vec<_>>()))
        .all(store.reader())
        .await?;
    for row in rows {
        let user = User::from_row(row)?;
        people.users.insert(user.id.clone(), user);
    }
    Ok(people)
}
