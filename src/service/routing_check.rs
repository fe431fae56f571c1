//! What can never work in the routing of an account as it is configured.

use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::{Answer, Encoder, Service, WriteCall};
use crate::domain::channel::{Channel, Target};
use crate::domain::ids::ChannelId;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Plan, Rule};
use crate::storage::lane::{Keys, World};

/// One thing that can never work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The channel whose routing it is.
    pub channel: ChannelId,
    /// The rule; empty for the target of the routing.
    pub rule: String,
    /// Machine code.
    pub code: &'static str,
    /// One line in English.
    pub text: String,
}

/// Looks at every routing of the account. Changes nothing.
#[derive(Debug)]
struct Check;

impl UseCase for Check {
    type Outcome = Vec<Problem>;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<Problem>, Rejection> {
        let mut channels: Vec<Channel> = desk.world().people().channels.values().cloned().collect();
        channels.sort_by(|one, other| one.id.cmp(&other.id));
        let mut problems = Vec::new();
        for channel in channels {
            check_channel(desk, &channel, &mut problems);
        }
        Ok(problems)
    }
}

fn check_channel(desk: &mut Desk<'_, '_>, channel: &Channel, problems: &mut Vec<Problem>) {
    let mut report = |rule: &str, code, text: String| {
        problems.push(Problem { channel: channel.id.clone(), rule: rule.to_owned(), code, text });
    };
    let mut catches_all: Option<&Rule> = None;
    for rule in channel.routing.rules.iter().filter(|rule| rule.enabled) {
        if let Some(before) = catches_all {
            report(&rule.id, "NEVER_REACHED", format!("{} holds for every ticket and stands before it", before.id));
        }
        for need in &rule.skills {
            let people = desk.world().people();
            let held = people.users.values().any(|user| user.work.skills.get(&need.skill) >= Some(&need.level))
                || people.teams.values().any(|team| team.skills.get(&need.skill) >= Some(&need.level));
            if !held {
                report(&rule.id, "SKILL_OF_NOBODY", format!("nobody has {} at level {}", need.skill, need.level));
            }
        }
        if nobody(desk, channel, Some(rule)) {
            report(&rule.id, "NOBODY", "nobody named by it, with its skills, can ever receive a ticket".to_owned());
        }
        if rule.condition.trim().is_empty() {
            catches_all.get_or_insert(rule);
        }
    }
    if matches!(channel.routing.target, Target::People { .. }) && nobody(desk, channel, None) {
        report("", "NOBODY", "nobody named by it can ever receive a ticket".to_owned());
    }
}

/// Whether nobody could take a ticket even if everybody were there and had nothing to do.
fn nobody(desk: &mut Desk<'_, '_>, channel: &Channel, rule: Option<&Rule>) -> bool {
    let mut plan = Plan::of(&channel.routing, rule, std::time::Duration::ZERO);
    plan.available_only = false;
    let demand = plan.demand(CapacityGroup::of(Some(channel.kind)));
    demand.is_some_and(|demand| {
        let pool = desk.session.world.pool(&demand);
        pool.is_empty() && !pool.somebody_full()
    })
}

/// Everything that can never work, by channel and rule.
///
/// # Errors
/// The storage's.
pub async fn check(service: &Service, grant: &Grant) -> Result<Vec<Problem>, Rejection> {
    let dry = WriteCall { validate_only: true, ..WriteCall::default() };
    let encoder = Encoder { respond: Box::new(|problems, _| problems), store: Box::new(|_| Vec::new()) };
    match service.write(grant, dry, Check, encoder).await? {
        Answer::Fresh(problems) => Ok(problems),
        Answer::Replayed(_) => Err(Rejection::Internal("a check was kept".to_owned())),
    }
}
