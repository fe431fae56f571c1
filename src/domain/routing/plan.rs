//! What one ticket asks for: the way that the routing of its channel chose, and who may be considered for it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CapacityGroup, Rule};
use crate::domain::channel::{Distribution, Routing, Target, WhenFull};
use crate::domain::ids::{SkillId, TeamId, UserId};

/// Levels of the skills somebody has, from 1 to 5.
pub type Skills = BTreeMap<SkillId, u8>;

/// A skill that a ticket asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkillNeed {
    /// Which.
    pub skill: SkillId,
    /// At least this level.
    pub level: u8,
    /// No longer asked for after so many seconds of waiting; none: always asked for.
    #[serde(default)]
    pub drop_after: Option<u32>,
}

/// The way of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where to.
    pub target: Target,
    /// How it is spread over people.
    pub distribution: Distribution,
    /// Whether only available people count.
    pub available_only: bool,
    /// What happens when nobody can take it.
    pub when_full: WhenFull,
    /// Skills that are asked for, all of them (C-053).
    pub skills: Vec<SkillNeed>,
    /// Skills that were asked for and are no longer, because the ticket has waited.
    pub dropped: Vec<SkillId>,
    /// The rule that matched.
    pub rule: Option<String>,
}

/// Who is considered: everything that tells the candidates of two tickets apart. Equal demands share a pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Demand {
    /// Users and teams; none: everybody of the account.
    pub named: Option<(Vec<UserId>, Vec<TeamId>)>,
    /// Whether only available people count.
    pub available_only: bool,
    /// Skills, each at least at this level.
    pub skills: Vec<(SkillId, u8)>,
    /// The kind of work, for capacity.
    pub group: CapacityGroup,
}

impl Plan {
    /// The way of a ticket that has waited for `waited`, under the rule that matched it; without one by the routing of
    /// the channel itself (C-053, C-054).
    pub fn of(routing: &Routing, rule: Option<&Rule>, waited: Duration) -> Self {
        let plain = Self::plain(routing);
        let Some(rule) = rule else { return plain };
        let over =
            |need: &&SkillNeed| need.drop_after.is_some_and(|seconds| Duration::from_secs(seconds.into()) <= waited);
        let target = match (rule.users.is_empty() && rule.teams.is_empty(), rule.skills.is_empty()) {
            (true, true) => plain.target,
            (true, false) => Target::Everybody,
            (false, _) => Target::People { users: rule.users.clone(), teams: rule.teams.clone() },
        };
        Self {
            target,
            distribution: rule.distribution.unwrap_or(plain.distribution),
            skills: rule.skills.iter().filter(|need| !over(need)).cloned().collect(),
            dropped: rule.skills.iter().filter(over).map(|need| need.skill.clone()).collect(),
            rule: Some(rule.id.clone()),
            ..plain
        }
    }

    /// The way of a routing without rules.
    pub fn plain(routing: &Routing) -> Self {
        Self {
            target: routing.target.clone(),
            distribution: routing.distribution,
            available_only: routing.available_only,
            when_full: routing.when_full,
            skills: Vec::new(),
            dropped: Vec::new(),
            rule: None,
        }
    }

    /// Who is considered for a ticket of `group`; none for a way that goes to no choice of people.
    pub fn demand(&self, group: CapacityGroup) -> Option<Demand> {
        let named = match &self.target {
            Target::People { users, teams } => Some((users.clone(), teams.clone())),
            Target::Everybody => None,
            Target::Nobody | Target::ContactOwner | Target::CustomerAgent { .. } => return None,
        };
        let skills = self.skills.iter().map(|need| (need.skill.clone(), need.level)).collect();
        Some(Demand { named, available_only: self.available_only, skills, group })
    }

    /// The teams that are written to the ticket when nobody could take it (C-044).
    pub fn teams(&self) -> &[TeamId] {
        match &self.target {
            Target::People { teams, .. } => teams,
            Target::Nobody | Target::ContactOwner | Target::CustomerAgent { .. } | Target::Everybody => &[],
        }
    }
}
