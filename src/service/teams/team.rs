//! What all changes of teams share.

use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::{Membership, Team};
use crate::service::desk::Desk;
use crate::storage::lane::EffectKind;

/// A team with the number of its members, main and extra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedTeam {
    /// The team.
    pub team: Team,
    /// How many people are in it.
    pub members: usize,
}

/// The stored row of a team, still as it was when the caller looked.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::EtagMismatch`].
pub fn find(desk: &Desk<'_, '_>, id: &TeamId, etag: Option<i64>) -> Result<Team, Rejection> {
    let name = Name::Team(id.clone());
    let team = desk.world().people().teams.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, team.version)?;
    Ok(team)
}

/// A team as the session has it now.
pub fn counted(desk: &Desk<'_, '_>, id: &TeamId) -> CountedTeam {
    let people = desk.world().people();
    let team = people.teams.get(id).cloned().expect("it was found or written in this session");
    CountedTeam { team, members: people.members.values().filter(|member| member.team == *id).count() }
}

/// Writes a team with the marks of a change, and its event.
pub fn save(desk: &mut Desk<'_, '_>, mut team: Team, fields: Vec<FieldChange>) {
    team.version += 1;
    team.update_time = desk.session.now();
    let id = team.id.clone();
    desk.session.world.people_mut().teams.put(id.clone(), team);
    desk.event(EventType::TeamChanged, &Name::Team(id), fields);
}

/// Marks a person whose memberships changed: they are part of what a reader of the person sees.
pub fn touch_user(desk: &mut Desk<'_, '_>, id: &UserId) {
    let now = desk.session.now();
    if let Some(mut user) = desk.world().people().users.get(id).cloned() {
        user.version += 1;
        user.update_time = now;
        desk.session.world.people_mut().users.put(id.clone(), user);
    }
}

/// Writes a membership.
pub fn put(desk: &mut Desk<'_, '_>, member: Membership) {
    let key = (member.team.clone(), member.user.clone());
    desk.session.world.people_mut().members.put(key, member);
}

/// Tells that another team is a person's main team now.
pub fn tell_new_main(desk: &mut Desk<'_, '_>, user: &UserId, main: &TeamId) {
    let (resource, cause) = (Name::User(user.clone()).to_string(), Name::Team(main.clone()).to_string());
    let summary = format!("{main} is the main team now");
    desk.session.effect(EffectKind::MainTeamChanged, resource, &cause, summary);
}
