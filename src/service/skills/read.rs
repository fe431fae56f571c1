//! Reading skills.

use crate::domain::ids::{ChannelId, SkillId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::skill::Skill;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::read::skills;

/// Who has a skill, and which routings ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    /// People, by id.
    pub users: Vec<UserId>,
    /// Teams, by id.
    pub teams: Vec<TeamId>,
    /// Channels, by id.
    pub channels: Vec<ChannelId>,
}

/// One skill.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &SkillId) -> Result<Skill, Rejection> {
    let account = grant.account()?;
    let found = skills::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Skill(id.clone()).within(account) })
}

/// One page of skills, by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Skill>, Rejection> {
    skills::list(&service.store, grant.account()?, &query.page).await.map_err(|error| error.rejection())
}

/// Who has a skill, and which routings ask for it.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn uses(service: &Service, grant: &Grant, id: &SkillId) -> Result<Uses, Rejection> {
    get(service, grant, id).await?;
    let found = skills::holders(&service.store, grant.account()?).await.map_err(|error| error.rejection())?;
    let (users, teams, channels) = found;
    let users = users.into_iter().filter(|user| user.work.skills.contains_key(id)).map(|user| user.id);
    let teams = teams.into_iter().filter(|team| team.skills.contains_key(id)).map(|team| team.id);
    let channels = channels.into_iter().filter(|channel| channel.routing.asks_for(id)).map(|channel| channel.id);
    Ok(Uses { users: users.collect(), teams: teams.collect(), channels: channels.collect() })
}
