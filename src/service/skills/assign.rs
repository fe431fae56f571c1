//! Who has which skills.

use crate::domain::access::Tier;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Skills;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Who gets skills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User(UserId),
    /// A team: its main members have its skills.
    Team(TeamId),
}

/// Sets all skills of a person or a team.
#[derive(Debug, Clone)]
pub struct Assign {
    /// Whose.
    pub holder: Holder,
    /// Which, with their levels.
    pub skills: Skills,
}

impl UseCase for Assign {
    type Outcome = Skills;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Skills, Rejection> {
        if self.adds(desk) {
            desk.needs_tier(Tier::Enterprise, "skills")?;
        }
        let known = &desk.world().people().skills;
        if let Some(missing) = self.skills.keys().find(|id| known.get(id).is_none()) {
            let resource = desk.name(&Name::Skill(missing.clone()));
            return Err(Rejection::ReferenceNotFound { field: "skills".to_owned(), resource });
        }
        match &self.holder {
            Holder::User(id) => self.to_user(desk, id),
            Holder::Team(id) => self.to_team(desk, id),
        }?;
        Ok(self.skills.clone())
    }
}

impl Assign {
    /// Whether there is a skill, or a level, that the holder did not have. What a lower plan suspends may stay, and go
    /// (C-007).
    fn adds(&self, desk: &Desk<'_, '_>) -> bool {
        let people = desk.world().people();
        let before = match &self.holder {
            Holder::User(id) => people.users.get(id).map(|user| &user.work.skills),
            Holder::Team(id) => people.teams.get(id).map(|team| &team.skills),
        };
        self.skills.iter().any(|(skill, level)| before.and_then(|had| had.get(skill)).is_none_or(|had| had < level))
    }

    fn to_user(&self, desk: &mut Desk<'_, '_>, id: &UserId) -> Result<(), Rejection> {
        let name = Name::User(id.clone());
        let user = desk.world().people().users.get(id).cloned();
        let mut user = user.ok_or_else(|| desk.not_found(&name))?;
        let Some(change) = change(&user.work.skills, &self.skills) else { return Ok(()) };
        user.work.skills = self.skills.clone();
        user.update_time = desk.session.now();
        user.version += 1;
        desk.session.world.people_mut().users.put(id.clone(), user);
        desk.event(EventType::UserChanged, &name, vec![change]);
        Ok(())
    }

    fn to_team(&self, desk: &mut Desk<'_, '_>, id: &TeamId) -> Result<(), Rejection> {
        let name = Name::Team(id.clone());
        let team = desk.world().people().teams.get(id).cloned();
        let mut team = team.ok_or_else(|| desk.not_found(&name))?;
        let Some(change) = change(&team.skills, &self.skills) else { return Ok(()) };
        team.skills = self.skills.clone();
        team.update_time = desk.session.now();
        team.version += 1;
        desk.session.world.people_mut().teams.put(id.clone(), team);
        desk.event(EventType::TeamChanged, &name, vec![change]);
        Ok(())
    }
}

fn change(before: &Skills, after: &Skills) -> Option<FieldChange> {
    let words =
        |skills: &Skills| skills.iter().map(|(skill, level)| format!("{skill}={level}")).collect::<Vec<_>>().join(",");
    FieldChange::of("skills", words(before), words(after))
}
