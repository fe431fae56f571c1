//! What is wrong with the people that a routing names, as they are now (C-050).

use std::collections::{BTreeMap, BTreeSet};

use super::Ineligibility;
use super::person::{Named, standing_blockers};
use crate::domain::channel::Target;
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
