//! The rules of a routing on the wire.

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Rule, SkillNeed};
use crate::domain::skill::LEAST_LEVEL;
use crate::grpc::convert::channel::{distribution_of, named, people};
use crate::grpc::convert::name;
use crate::grpc::convert::routing::distribution;
use crate::grpc::pb::v1;
use crate::service::grant::Grant;

/// A rule as callers see it.
pub fn rule(account: &AccountId, rule: &Rule) -> v1::RoutingRule {
    let anybody = rule.users.is_empty() && rule.teams.is_empty();
    v1::RoutingRule {
        rule_id: rule.id.clone(),
        display_name: rule.display_name.clone(),
        disabled: !rule.enabled,
        condition: rule.condition.clone(),
        skills: rule.skills.iter().map(|need| requirement(account, need)).collect(),
        people: (!anybody).then(|| people(account, &rule.users, &rule.teams)),
        distribution: rule.distribution.map_or(v1::Distribution::Unspecified, distribution).into(),
    }
}

fn requirement(account: &AccountId, need: &SkillNeed) -> v1::SkillRequirement {
    v1::SkillRequirement {
        skill: Name::Skill(need.skill.clone()).within(account),
        min_level: need.level.into(),
        drop_after: need.drop_after.map(|seconds| prost_types::Duration { seconds: seconds.into(), nanos: 0 }),
    }
}

/// Rules as callers give them, in the field `routing` of their request.
///
/// # Errors
/// References that cannot exist.
pub fn rules_of(grant: &Grant, rules: &[v1::RoutingRule], routing: &str) -> Result<Vec<Rule>, Rejection> {
    let numbered = rules.iter().enumerate();
    numbered.map(|(index, given)| rule_of(grant, given, &format!("{routing}.rules[{index}]"))).collect()
}

fn rule_of(grant: &Grant, given: &v1::RoutingRule, field: &str) -> Result<Rule, Rejection> {
    let selection = given.people.as_ref().map(|people| named(grant, people, &format!("{field}.people")));
    let (users, teams) = selection.transpose()?.unwrap_or_default();
    let skills = given.skills.iter().map(|need| need_of(grant, need, &format!("{field}.skills")));
    let chosen = given.distribution();
    Ok(Rule {
        id: given.rule_id.clone(),
        display_name: given.display_name.trim().to_owned(),
        enabled: !given.disabled,
        condition: given.condition.clone(),
        skills: skills.collect::<Result<_, _>>()?,
        users,
        teams,
        distribution: (chosen != v1::Distribution::Unspecified).then(|| distribution_of(chosen)),
    })
}

fn need_of(grant: &Grant, need: &v1::SkillRequirement, field: &str) -> Result<SkillNeed, Rejection> {
    Ok(SkillNeed {
        skill: name::required(field, name::skill_ref(grant, field, &need.skill)?)?,
        level: u8::try_from(need.min_level).unwrap_or(LEAST_LEVEL).max(LEAST_LEVEL),
        drop_after: need.drop_after.as_ref().map(|span| u32::try_from(span.seconds).unwrap_or(0)),
    })
}
