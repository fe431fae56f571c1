//! Whether the rules of a routing can be stored (C-050, C-053).

use std::collections::BTreeSet;

use super::routing::check_named;
use crate::domain::channel::ChannelKind;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{MOST_RULES, Rule};
use crate::service::desk::Desk;
use crate::service::page::filter_rejection;

/// Every rule has an id of its own, a condition that reads, skills and people that exist, and no choice that the kind of
/// channel does not offer.
///
/// # Errors
/// What is wrong with the first bad one; `routing` is the field of the request that holds them.
pub fn check_rules(desk: &Desk<'_, '_>, rules: &[Rule], kind: ChannelKind, routing: &str) -> Result<(), Rejection> {
    if rules.len() > MOST_RULES {
        return Err(Rejection::Quota { quota: "rules", limit: MOST_RULES as u64 });
    }
    let mut ids = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let field = format!("{routing}.rules[{index}]");
        if !ids.insert(&rule.id) {
            return Err(Rejection::field(format!("{field}.rule_id"), "NOT_UNIQUE", "must be unique in the routing"));
        }
        if rule.distribution.is_some() && !kind.offers_choices() {
            let option = "distribution";
            return Err(Rejection::RoutingOptionNotOffered { channel_kind: kind.code(), option });
        }
        rule.condition(&desk.account(), desk.session.now()).map_err(filter_rejection)?;
        check_skills(desk, rule, &field)?;
        check_named(desk, &rule.users, &rule.teams, &format!("{field}.people"))?;
    }
    Ok(())
}

fn check_skills(desk: &Desk<'_, '_>, rule: &Rule, field: &str) -> Result<(), Rejection> {
    let known = &desk.world().people().skills;
    let mut named = BTreeSet::new();
    for need in &rule.skills {
        if known.get(&need.skill).is_none() {
            let resource = desk.name(&Name::Skill(need.skill.clone()));
            return Err(Rejection::ReferenceNotFound { field: format!("{field}.skills"), resource });
        }
        if !named.insert(&need.skill) {
            return Err(Rejection::field(format!("{field}.skills"), "NOT_UNIQUE", "must name each skill once"));
        }
    }
    Ok(())
}
