//! Reading skills, and who has them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::rows::{Stored, account_user, channel, skill, team};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::channel::Channel;
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, SkillId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::skill::Skill;
use crate::domain::user::{Team, User};

/// One skill.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &SkillId) -> Result<Option<Skill>, StoreError> {
    let row = skill::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(Skill::from_row).transpose()?)
}

/// One page of skills, by id.
///
/// # Errors
/// The database's.
pub async fn list(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<Skill>, StoreError> {
    let select = skill::Entity::find().filter(skill::Column::AccountId.eq(account.as_str()));
    page::fetch(store, select, &[Key::column(skill::Column::Id)], Direction::Ascending, page).await
}

/// People and teams who have any skill, and all channels, by id.
///
/// # Errors
/// The database's.
pub async fn holders(store: &Store, account: &AccountId) -> Result<(Vec<User>, Vec<Team>, Vec<Channel>), StoreError> {
    let users = account_user::Entity::find()
        .filter(account_user::Column::AccountId.eq(account.as_str()))
        .filter(account_user::Column::Work.ne(""))
        .order_by_asc(account_user::Column::Id)
        .all(store.reader())
        .await?;
    let teams = team::Entity::find()
        .filter(team::Column::AccountId.eq(account.as_str()))
        .filter(team::Column::Skills.ne(""))
        .order_by_asc(team::Column::Id)
        .all(store.reader())
        .await?;
    let channels = channel::Entity::find()
        .filter(channel::Column::AccountId.eq(account.as_str()))
        .order_by_asc(channel::Column::Id)
        .all(store.reader())
        .await?;
    let users = users.into_iter().map(User::from_row).collect::<Result<_, _>>()?;
    let teams = teams.into_iter().map(Team::from_row).collect::<Result<_, _>>()?;
    let channels = channels.into_iter().map(Channel::from_row).collect::<Result<_, _>>()?;
    Ok((users, teams, channels))
}
