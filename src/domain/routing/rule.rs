//! The rules of a routing: which tickets ask for which people (R-133, C-053, C-054).

use serde::{Deserialize, Serialize};

use super::plan::SkillNeed;
use crate::domain::channel::Distribution;
use crate::domain::filter::schema::{ROUTE, Route, RouteField};
use crate::domain::filter::{Context, FilterError, Plan as Condition, check, matches, parse};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::time::Timestamp;

/// Rules of one routing at most.
pub const MOST_RULES: usize = 100;

/// One rule. The first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique in the routing.
    pub id: String,
    /// Name for people; may be empty.
    #[serde(default)]
    pub display_name: String,
    /// A disabled rule matches nothing.
    pub enabled: bool,
    /// In the filter language over ticket, contact and first message; empty matches everything.
    pub condition: String,
    /// Skills that are asked for, all of them.
    #[serde(default)]
    pub skills: Vec<SkillNeed>,
    /// Whom to consider. Both empty: with skills, everybody who has them.
    #[serde(default)]
    pub users: Vec<UserId>,
    /// Teams, of which only main members count.
    #[serde(default)]
    pub teams: Vec<TeamId>,
    /// How tickets are spread; none: as the channel says.
    #[serde(default)]
    pub distribution: Option<Distribution>,
}

impl Rule {
    /// The condition, ready to be judged.
    ///
    /// # Errors
    /// What is wrong with its text.
    pub fn condition(&self, account: &AccountId, now: Timestamp) -> Result<Condition<RouteField>, FilterError> {
        let context = Context { account, me: None, my_teams: &[], now, properties: &[] };
        parse(&self.condition).and_then(|expr| check(&expr, &ROUTE, &context))
    }

    /// Whether the rule decides about this ticket. One whose condition cannot be read any more matches nothing.
    pub fn matches(&self, route: &Route<'_>, account: &AccountId, now: Timestamp) -> bool {
        self.enabled
            && (self.condition.trim().is_empty()
                || self.condition(account, now).is_ok_and(|condition| matches(&condition, route)))
    }
}

/// The first rule that decides about this ticket.
pub fn first_match<'a>(rules: &'a [Rule], route: &Route<'_>, account: &AccountId, now: Timestamp) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.matches(route, account, now))
}
