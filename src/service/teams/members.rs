//! Who is in which team. A person who is in any team has exactly one main team.

use super::team::{find, put, save, tell_new_main, touch_user};
use crate::domain::event::FieldChange;
use crate::domain::ids::{TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::{Membership, Team};
use crate::service::desk::{Desk, UseCase};
use crate::service::users::{FIRST, memberships, release_tickets};
use crate::storage::lane::{Keys, World};

/// Teams that a person may be in.
const MOST_TEAMS: usize = 100;

/// Puts a person into a team, or makes it the main one. The first team is the main one whatever is asked.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub user: UserId,
    /// Whether it becomes the main team.
    pub main: bool,
}

impl UseCase for AddMember {
    type Outcome = Membership;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Membership, Rejection> {
        let team = find(desk, &self.team, None)?;
        known_user(desk, &self.user)?;
        let teams = memberships(desk, &self.user);
        let (mine, others): (Vec<_>, Vec<_>) = teams.into_iter().partition(|member| member.team == self.team);
        let old = mine.into_iter().next();
        if old.is_none() && others.len() >= MOST_TEAMS {
            return Err(Rejection::Quota { quota: "teams of a user", limit: MOST_TEAMS as u64 });
        }
        let former = others.into_iter().find(|member| member.main);
        let main = self.main || former.is_none();
        if main && !self.main && old.is_some() {
            let text = "it stays the main team; make another one the main team instead".to_owned();
            desk.session.warn("main", text, Name::User(self.user.clone()).to_string());
        }
        let join_time = old.as_ref().map_or(desk.session.now(), |member| member.join_time);
        let now = Membership { team: self.team.clone(), user: self.user.clone(), main, join_time };
        if old.as_ref() != Some(&now) {
            join(desk, team, old.as_ref(), &now, former.filter(|_| main));
        }
        Ok(now)
    }
}

/// Stores a membership and what follows from it.
fn join(desk: &mut Desk<'_, '_>, team: Team, old: Option<&Membership>, now: &Membership, former: Option<Membership>) {
    put(desk, now.clone());
    let person = desk.name(&Name::User(now.user.clone()));
    let role = |member: Option<&Membership>| member.map_or("", |member| if member.main { "main" } else { "extra" });
    let fields = [
        FieldChange::of("member", if old.is_some() { &person } else { "" }, &person),
        FieldChange::of("main", role(old), role(Some(now))),
    ];
    save(desk, team, fields.into_iter().flatten().collect());
    if let Some(former) = former {
        put(desk, Membership { main: false, ..former });
        tell_new_main(desk, &now.user, &now.team);
    }
    touch_user(desk, &now.user);
}

/// Takes a person out of a team. Of the others the one joined longest ago becomes the main one if this one was.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub user: UserId,
}

impl UseCase for RemoveMember {
    /// The membership as it was.
    type Outcome = Membership;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.open_tickets_of.insert((self.user.clone(), FIRST));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Membership, Rejection> {
        let team = find(desk, &self.team, None)?;
        known_user(desk, &self.user)?;
        let (gone, others): (Vec<_>, Vec<_>) =
            memberships(desk, &self.user).into_iter().partition(|member| member.team == self.team);
        let gone = gone.into_iter().next().ok_or_else(|| no_such_user(desk, &self.user))?;
        desk.session.world.people_mut().members.remove(&(self.team.clone(), self.user.clone()));
        let person = desk.name(&Name::User(self.user.clone()));
        save(desk, team, FieldChange::of("member", person, "").into_iter().collect());
        if gone.main
            && let Some(next) = others.into_iter().min_by(|a, b| (a.join_time, &a.team).cmp(&(b.join_time, &b.team)))
        {
            tell_new_main(desk, &self.user, &next.team);
            put(desk, Membership { main: true, ..next });
        }
        touch_user(desk, &self.user);
        release_tickets(desk, &self.user);
        Ok(gone)
    }
}

fn known_user(desk: &Desk<'_, '_>, user: &UserId) -> Result<(), Rejection> {
    match desk.world().people().users.get(user) {
        Some(_) => Ok(()),
        None => Err(no_such_user(desk, user)),
    }
}

fn no_such_user(desk: &Desk<'_, '_>, user: &UserId) -> Rejection {
    Rejection::ReferenceNotFound { field: "user".to_owned(), resource: desk.name(&Name::User(user.clone())) }
}
