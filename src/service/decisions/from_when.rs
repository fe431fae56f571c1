//! From when somebody could get a ticket who cannot now, where time alone is in the way.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::ids::SkillId;
use crate::domain::routing::{Ineligibility, Load, Plan, RecordedDecision, Rule, Skills};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// How far ahead it is looked: nobody plans for longer.
const AHEAD: Duration = Duration::from_hours(400 * 24);

/// What is known of the person now.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The person.
    pub person: &'a User,
    /// The skills, those of the main team among them.
    pub skills: &'a Skills,
    /// What the person has.
    pub load: Load,
}

/// When the person could get the ticket for whom these are in the way now, if working hours, periods out of office, a
/// ramp or a skill that is dropped after a while is all; now where nothing is.
pub fn from_when(
    decision: &RecordedDecision,
    ticket: &Ticket,
    blockers: &BTreeSet<Ineligibility>,
    facts: Facts<'_>,
    now: Timestamp,
) -> Option<Timestamp> {
    use Ineligibility as I;
    let person = facts.person;
    let mut from = now;
    for why in blockers {
        let over = match why {
            I::OutsideHours | I::OutOfOffice | I::Unavailable => person.changes_at(now)?,
            I::Ramping => ramp_ends(decision, facts.load)?,
            I::Skill => skills_dropped(decision, ticket, facts.skills)?,
            I::Seat
            | I::NoTicketAccess
            | I::Deactivated
            | I::ExtraMember
            | I::NotInTarget
            | I::PresenceLost
            | I::LetGo
            | I::AtTotalCapacity
            | I::AtGroupCapacity => return None,
        };
        from = from.max(over);
    }
    if !decision.routing.available_only || person.is_available(from) {
        return Some(from);
    }
    person.work.schedule.first_open(from.max(person.changes_at(from)?), from.plus(AHEAD), None)
}

/// When the ramp lets the person have another ticket of the backlog; none who had none yet.
pub fn ramp_ends(decision: &RecordedDecision, load: Load) -> Option<Timestamp> {
    Some(load.last_backlog?.plus(Duration::from_secs(decision.routing.ramp.into())))
}

/// When the last skill that the person lacks is no longer asked for: of a ticket that waits.
fn skills_dropped(decision: &RecordedDecision, ticket: &Ticket, skills: &Skills) -> Option<Timestamp> {
    let since = ticket.life.routed.waiting_since?;
    let rule = rule_of(decision)?;
    let lacks = |skill: &SkillId, level: u8| skills.get(skill).is_none_or(|own| *own < level);
    let mut last = since;
    for need in rule.skills.iter().filter(|need| lacks(&need.skill, need.level)) {
        last = last.max(since.plus(Duration::from_secs(need.drop_after?.into())));
    }
    Some(last)
}

/// The rule that a decision was made by.
pub fn rule_of(decision: &RecordedDecision) -> Option<&Rule> {
    let id = decision.decision.way.rule.as_ref()?;
    decision.routing.rules.iter().find(|rule| rule.id == *id)
}

/// What the decision asked for, by its rule and its routing.
pub fn plan_of(decision: &RecordedDecision) -> Plan {
    Plan::of(&decision.routing, rule_of(decision), Duration::ZERO)
}
