//! Skills on the wire.

use crate::domain::ids::{AccountId, SkillId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Skills;
use crate::domain::skill::{LEAST_LEVEL, Skill};
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::skills::{Assign, Create, Delete, Holder, Update, Uses};

const CHANGEABLE: [&str; 2] = ["display_name", "category"];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];

/// A skill as callers see it.
pub fn skill(account: &AccountId, skill: &Skill) -> v1::Skill {
    v1::Skill {
        name: Name::Skill(skill.id.clone()).within(account),
        display_name: skill.display_name.clone(),
        category: skill.category.clone(),
        create_time: Some(timestamp(skill.create_time)),
        update_time: Some(timestamp(skill.update_time)),
        etag: etag(skill.version),
    }
}

/// Who has a skill, and which rules ask for it.
pub fn uses(account: &AccountId, uses: Uses) -> v1::ListSkillUsesResponse {
    let full = |name: Name| name.within(account);
    v1::ListSkillUsesResponse {
        users: uses.users.into_iter().map(|id| full(Name::User(id))).collect(),
        teams: uses.teams.into_iter().map(|id| full(Name::Team(id))).collect(),
        routings: uses.channels.into_iter().map(|id| full(Name::ChannelRouting(id))).collect(),
    }
}

/// The use case of a `CreateSkill` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateSkillRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let skill = name::required("skill", request.skill)?;
    Ok(Create {
        id: (!request.skill_id.is_empty()).then(|| SkillId::stored(request.skill_id)),
        display_name: display_name("skill.display_name", &skill.display_name)?,
        category: display_name("skill.category", &skill.category)?,
    })
}

/// The use case of an `UpdateSkill` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateSkillRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let skill = name::required("skill", request.skill)?;
    let text = |path: &str, text: &str| {
        paths.contains(&path).then(|| display_name(&format!("skill.{path}"), text)).transpose()
    };
    Ok(Update {
        skill: name::skill(grant, "skill.name", &skill.name)?,
        display_name: text("display_name", &skill.display_name)?,
        category: text("category", &skill.category)?,
        etag: version_of(&skill.etag),
    })
}

/// The use case of a `DeleteSkill` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteSkillRequest) -> Result<Delete, Rejection> {
    let v1::DeleteSkillRequest { name: skill, etag, .. } = request;
    Ok(Delete { skill: name::skill(grant, "name", &skill)?, etag: version_of(&etag) })
}

/// The use case of an `AssignSkills` request.
///
/// # Errors
/// A name that is none, a skill named twice or that cannot exist.
pub fn assign(grant: &Grant, request: v1::AssignSkillsRequest) -> Result<Assign, Rejection> {
    let holder = match name::subject(grant, "name", &request.name)? {
        Name::User(id) => Holder::User(id),
        Name::Team(id) => Holder::Team(id),
        _ => return Err(Rejection::NameInvalid { field: "name".to_owned(), value: request.name }),
    };
    Ok(Assign { holder, skills: skills_of(grant, &request.skills, "skills")? })
}

/// Skills with their levels.
///
/// # Errors
/// References that cannot exist, and a skill that is named twice.
pub(super) fn skills_of(grant: &Grant, given: &[v1::SkillAssignment], field: &str) -> Result<Skills, Rejection> {
    let mut skills = Skills::new();
    for assignment in given {
        let skill = name::required(field, name::skill_ref(grant, field, &assignment.skill)?)?;
        let level = u8::try_from(assignment.level).unwrap_or(LEAST_LEVEL).max(LEAST_LEVEL);
        if skills.insert(skill, level).is_some() {
            return Err(Rejection::field(field, "NOT_UNIQUE", "must name each skill at most once"));
        }
    }
    Ok(skills)
}
