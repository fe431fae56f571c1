//! What is wrong with the people that a routing names, as they are now (C-050).

use std::collections::{BTreeMap, BTreeSet};

use super::person::{Named, standing_blockers};
use super::{Ineligibility, Rule};
use crate::domain::channel::{Routing, Target};
use crate::domain::ids::{TeamId, UserId};
use crate::domain::user::User;

/// Somebody named by a routing who is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetFlag {
    /// A user, for one reason.
    User(UserId, Ineligibility),
    /// A team without a main member who may receive tickets.
    Team(TeamId),
}

/// The people that a target is judged on.
#[derive(Debug, Clone, Default)]
pub struct TargetPeople {
    /// Users by id: those named, and the main members of the teams named.
    pub users: BTreeMap<UserId, User>,
    /// Main members of the teams named.
    pub main_members: BTreeMap<TeamId, Vec<UserId>>,
}

/// Somebody who is passed over, and where the routing names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// The rule; none for the target of the routing itself.
    pub rule: Option<String>,
    /// Who, and why.
    pub flag: TargetFlag,
}

/// Everybody whom a routing names, by its target and its rules.
pub fn everybody_named(routing: &Routing) -> Target {
    let (mut all_users, mut all_teams) = match &routing.target {
        Target::People { users, teams } => (users.clone(), teams.clone()),
        Target::Nobody | Target::ContactOwner | Target::CustomerAgent { .. } | Target::Everybody => {
            (Vec::new(), Vec::new())
        }
    };
    for rule in &routing.rules {
        all_users.extend(rule.users.iter().cloned());
        all_teams.extend(rule.teams.iter().cloned());
    }
    all_users.sort();
    all_users.dedup();
    all_teams.sort();
    all_teams.dedup();
    Target::People { users: all_users, teams: all_teams }
}

/// Everything in a routing that is passed over, of the target first, then rule by rule.
pub fn flagged(routing: &Routing, people: &TargetPeople) -> Vec<Flagged> {
    let of_target = flags(&routing.target, people).into_iter().map(|flag| Flagged { rule: None, flag });
    let of_rule = |rule: &Rule| {
        let target = Target::People { users: rule.users.clone(), teams: rule.teams.clone() };
        let id = rule.id.clone();
        flags(&target, people).into_iter().map(move |flag| Flagged { rule: Some(id.clone()), flag })
    };
    of_target.chain(routing.rules.iter().filter(|rule| rule.enabled).flat_map(of_rule)).collect()
}

/// Everything in the target that routing passes over, whoever is available.
pub fn flags(target: &Target, people: &TargetPeople) -> Vec<TargetFlag> {
    let Target::People { users, teams } = target else { return Vec::new() };
    let of_user = |id: &UserId| {
        unroutable(people.users.get(id)).into_iter().map(|why| TargetFlag::User(id.clone(), why)).collect::<Vec<_>>()
    };
    let idle = |team: &&TeamId| {
        let members = people.main_members.get(team).map_or(&[][..], Vec::as_slice);
        !members.iter().any(|id| unroutable(people.users.get(id)).is_empty())
    };
    let teams = teams.iter().filter(idle).map(|team| TargetFlag::Team(team.clone()));
    users.iter().flat_map(of_user).chain(teams).collect()
}

/// Why a user cannot be named by a routing; nothing for one who can. Availability does not matter here.
pub fn unroutable(user: Option<&User>) -> BTreeSet<Ineligibility> {
    user.map_or_else(|| BTreeSet::from([Ineligibility::NotInTarget]), |user| standing_blockers(user, Named::Fully))
}
