//! The rules of a routing: which tickets ask for which people (R-133, C-053, C-054).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::plan::SkillNeed;
use crate::domain::channel::Distribution;
use crate::domain::filter::schema::{ROUTE, Route, RouteField};
use crate::domain::filter::{Context, FilterError, Plan as Condition, check, matches, parse};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::time::Timestamp;

/// Conditions that are kept ready for one account.
const MOST_CONDITIONS: usize = 2_000;
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
    fn matches(&self, route: &Route<'_>, read: &mut Conditions, account: &AccountId, now: Timestamp) -> bool {
        let holds = |condition: &Condition<RouteField>| matches(condition, route);
        self.enabled && (self.condition.trim().is_empty() || read.of(self, account, now).is_some_and(holds))
    }
}

/// The first rule that decides about this ticket.
pub fn first_match<'a>(
    rules: &'a [Rule],
    route: &Route<'_>,
    read: &mut Conditions,
    account: &AccountId,
    now: Timestamp,
) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.matches(route, read, account, now))
}

/// Conditions that are ready to be judged, by their text: each is read once and not again with every ticket. What a
/// condition means depends on its text alone, because none of the fields is a time. One that cannot be read is kept too.
#[derive(Debug, Default)]
pub struct Conditions(HashMap<String, Option<Condition<RouteField>>>);

impl Conditions {
    /// The condition of a rule.
    fn of(&mut self, rule: &Rule, account: &AccountId, now: Timestamp) -> Option<&Condition<RouteField>> {
        if !self.0.contains_key(&rule.condition) {
            if self.0.len() >= MOST_CONDITIONS {
                self.0.clear();
            }
            self.0.insert(rule.condition.clone(), rule.condition(account, now).ok());
        }
        self.0.get(&rule.condition)?.as_ref()
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(condition: &str) -> Rule {
        Rule {
            id: "rule".to_owned(),
            display_name: String::new(),
            enabled: true,
            condition: condition.to_owned(),
            skills: Vec::new(),
            users: Vec::new(),
            teams: Vec::new(),
            distribution: None,
        }
    }

    #[test]
    fn a_condition_is_read_once_and_one_that_cannot_be_read_holds_for_nothing() {
        let (account, now) = (AccountId::stored("acme".to_owned()), Timestamp::from_micros(0));
        let mut read = Conditions::default();
        assert!(read.is_empty());
        for _ in 0..3 {
            assert!(read.of(&rule("message.text:card"), &account, now).is_some());
            assert!(read.of(&rule("message.text:("), &account, now).is_none());
        }
        assert_eq!(read.len(), 2);
    }
}
