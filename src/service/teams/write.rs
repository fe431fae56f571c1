//! Making, renaming and deleting teams.

use super::team::{CountedTeam, counted, find, save};
use crate::domain::channel::Target;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TeamId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Skills, everybody_named};
use crate::domain::user::Team;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Makes a team without members.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<TeamId>,
    /// Name for people, not blank.
    pub display_name: String,
}

impl UseCase for Create {
    type Outcome = CountedTeam;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<CountedTeam, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| TeamId::stored(made));
        if desk.world().people().teams.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Team(id)) });
        }
        let (display_name, now) = (self.display_name.clone(), desk.session.now());
        let skills = Skills::default();
        let team = Team { id: id.clone(), display_name, skills, create_time: now, update_time: now, version: 0 };
        save(desk, team, Vec::new());
        Ok(counted(desk, &id))
    }
}

/// Renames a team.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub team: TeamId,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = CountedTeam;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<CountedTeam, Rejection> {
        let before = find(desk, &self.team, self.etag)?;
        let display_name = self.display_name.clone().unwrap_or_else(|| before.display_name.clone());
        if let Some(change) = FieldChange::of("display_name", &before.display_name, &display_name) {
            save(desk, Team { display_name, ..before }, vec![change]);
        }
        Ok(counted(desk, &self.team))
    }
}

/// Deletes a team that nothing depends on.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub team: TeamId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.ticket_of_team.insert(self.team.clone());
        keys.tickets.extend(world.peek_ticket_of_team(&self.team));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        find(desk, &self.team, self.etag)?;
        let name = Name::Team(self.team.clone());
        if let Some(used_by) = self.used_by(desk.world()) {
            return Err(desk.in_use(&name, &used_by));
        }
        desk.session.world.people_mut().teams.remove(&self.team);
        desk.event(EventType::TeamChanged, &name, Vec::new());
        Ok(())
    }
}

impl Delete {
    /// Something that depends on the team: a member, a channel's routing, a ticket.
    fn used_by(&self, world: &World) -> Option<Name> {
        let people = world.people();
        let member = people.members.values().filter(|member| member.team == self.team).map(|member| &member.user).min();
        let routes = |target: &Target| matches!(target, Target::People { teams, .. } if teams.contains(&self.team));
        let channels = || people.channels.values().filter(|channel| routes(&everybody_named(&channel.routing)));
        let channel = || channels().map(|channel| &channel.id).min();
        member
            .map(|user| Name::User(user.clone()))
            .or_else(|| channel().map(|channel| Name::ChannelRouting(channel.clone())))
            .or_else(|| world.ticket_of_team(&self.team).map(Name::Ticket))
    }
}
