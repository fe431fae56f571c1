//! Making, renaming and deleting skills.

use crate::domain::access::Tier;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::SkillId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::skill::Skill;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Skills of one account at most.
const MOST_SKILLS: usize = 1_000;

/// Makes a skill.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<SkillId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// What kind of skill, not blank.
    pub category: String,
}

/// Renames a skill, or moves it to another category.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub skill: SkillId,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// The new category; none leaves it.
    pub category: Option<String>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Deletes a skill that nobody has and nothing asks for.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub skill: SkillId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Create {
    type Outcome = Skill;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Skill, Rejection> {
        desk.needs_tier(Tier::Enterprise, "skills")?;
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| SkillId::stored(made));
        let skills = &desk.world().people().skills;
        if skills.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Skill(id)) });
        }
        if skills.values().count() >= MOST_SKILLS {
            return Err(Rejection::Quota { quota: "skills", limit: MOST_SKILLS as u64 });
        }
        let now = desk.session.now();
        let (display_name, category) = (self.display_name.clone(), self.category.clone());
        let skill = Skill { id, display_name, category, create_time: now, update_time: now, version: 0 };
        check_name(desk, &skill)?;
        Ok(save(desk, skill, Vec::new()))
    }
}

impl UseCase for Update {
    type Outcome = Skill;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Skill, Rejection> {
        let before = find(desk, &self.skill, self.etag)?;
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.category = self.category.clone().unwrap_or(after.category);
        check_name(desk, &after)?;
        let changes = [
            FieldChange::of("display_name", &before.display_name, &after.display_name),
            FieldChange::of("category", &before.category, &after.category),
        ];
        let fields: Vec<_> = changes.into_iter().flatten().collect();
        Ok(if fields.is_empty() { before } else { save(desk, after, fields) })
    }
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        find(desk, &self.skill, self.etag)?;
        let name = Name::Skill(self.skill.clone());
        if let Some(used_by) = used_by(desk, &self.skill) {
            return Err(Rejection::InUse { resource: desk.name(&name), used_by: desk.name(&used_by) });
        }
        desk.session.world.people_mut().skills.remove(&self.skill);
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        Ok(())
    }
}

/// The first by name that has the skill or asks for it.
fn used_by(desk: &Desk<'_, '_>, id: &SkillId) -> Option<Name> {
    let people = desk.world().people();
    let users = people.users.values().filter(|user| user.work.skills.contains_key(id));
    let teams = people.teams.values().filter(|team| team.skills.contains_key(id));
    let channels = people.channels.values().filter(|channel| channel.routing.asks_for(id));
    let user = users.map(|user| &user.id).min().cloned().map(Name::User);
    let team = || teams.map(|team| &team.id).min().cloned().map(Name::Team);
    user.or_else(team).or_else(|| channels.map(|channel| &channel.id).min().cloned().map(Name::ChannelRouting))
}

/// # Errors
/// [`Rejection::NotFound`], [`Rejection::EtagMismatch`].
fn find(desk: &Desk<'_, '_>, id: &SkillId, etag: Option<i64>) -> Result<Skill, Rejection> {
    let name = Name::Skill(id.clone());
    let skill = desk.world().people().skills.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, skill.version)?;
    Ok(skill)
}

fn check_name(desk: &Desk<'_, '_>, skill: &Skill) -> Result<(), Rejection> {
    let same = |other: &&Skill| other.id != skill.id && other.key() == skill.key();
    match desk.world().people().skills.values().find(same) {
        None => Ok(()),
        Some(other) => Err(Rejection::Duplicate {
            field: "skill.display_name",
            value: skill.display_name.clone(),
            existing: desk.name(&Name::Skill(other.id.clone())),
        }),
    }
}

fn save(desk: &mut Desk<'_, '_>, mut skill: Skill, fields: Vec<FieldChange>) -> Skill {
    skill.version += 1;
    skill.update_time = desk.session.now();
    desk.session.world.people_mut().skills.put(skill.id.clone(), skill.clone());
    desk.event(EventType::ConfigChanged, &Name::Skill(skill.id.clone()), fields);
    skill
}
