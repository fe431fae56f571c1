//! Why a ticket went where it went, and why not to a certain person (C-055).

use super::from_when::{Facts, from_when, plan_of, ramp_ends};
use super::read::{FoundDecision, with_cause};
use crate::domain::channel::Target;
use crate::domain::contact::Contact;
use crate::domain::ids::{TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{
    CapacityGroup, Ineligibility, Load, Named, Outcome, RecordedDecision, Skills, TracedCandidate, UnassignedReason,
    away, standing_blockers,
};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::user::{Membership, User};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::tickets;
use crate::storage::read::{contacts, decisions, people};

/// The answer to why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The last decision; none where routing never ran.
    pub decision: Option<FoundDecision>,
    /// One English sentence.
    pub answer: String,
    /// How the person asked for stood.
    pub candidate: Option<TracedCandidate>,
    /// From when the person could get it who could not, if time alone is in the way now.
    pub from: Option<Timestamp>,
}

/// Explains the last decision on a ticket, for everybody or for one person.
///
/// # Errors
/// [`Rejection::NotFound`] for the ticket, [`Rejection::ReferenceNotFound`] for the person.
pub async fn explain(
    service: &Service,
    grant: &Grant,
    number: TicketNumber,
    user: Option<&UserId>,
) -> Result<Explanation, Rejection> {
    let ticket = tickets::get(service, grant, number).await?;
    let person = match user {
        Some(id) => Some(found_person(service, grant, id).await?),
        None => None,
    };
    let last = decisions::last(&service.store, grant.account()?, number).await.map_err(|error| error.rejection())?;
    let Some(decision) = last else {
        let answer = "Routing never ran for this ticket.".to_owned();
        return Ok(Explanation { decision: None, answer, candidate: None, from: None });
    };
    let Some(person) = person else {
        let answer = decision.decision.summary.clone();
        return Ok(Explanation {
            decision: Some(with_cause(service, grant, decision).await?),
            answer,
            candidate: None,
            from: None,
        });
    };
    let judged = judged_now(service, grant, &decision, &ticket, &person).await?;
    let facts = Facts { person: &person.user, skills: &person.skills, load: person.load };
    let from = from_when(&decision, &ticket, &judged.blockers, facts, service.clock.now());
    let (candidate, then) = match traced(&decision, &person.user.id) {
        Some(candidate) => (candidate, true),
        None => (judged, false),
    };
    let answer = sentence(&decision, &candidate, then);
    let from = from.filter(|_| !candidate.blockers.is_empty());
    let decision = Some(with_cause(service, grant, decision).await?);
    Ok(Explanation { decision, answer, candidate: Some(candidate), from })
}

/// A person as known now.
struct Person {
    user: User,
    teams: Vec<Membership>,
    /// The own skills and those of the main team, each at the higher level.
    skills: Skills,
    load: Load,
}

async fn found_person(service: &Service, grant: &Grant, id: &UserId) -> Result<Person, Rejection> {
    let (account, store) = (grant.account()?, &service.store);
    let found = people::user(store, account, id).await.map_err(|error| error.rejection())?;
    let resource = Name::User(id.clone()).within(account);
    let missing = || Rejection::ReferenceNotFound { field: "user".to_owned(), resource };
    let (user, teams) = found.ok_or_else(missing)?;
    let mut skills = user.work.skills.clone();
    if let Some(main) = teams.iter().find(|member| member.main) {
        let team = people::team(store, account, &main.team).await.map_err(|error| error.rejection())?;
        for (skill, level) in team.into_iter().flat_map(|(team, _)| team.skills) {
            let own = skills.entry(skill).or_default();
            *own = level.max(*own);
        }
    }
    let load = decisions::load(store, account, id).await.map_err(|error| error.rejection())?;
    Ok(Person { user, teams, skills, load })
}

/// The person as the stored trace has it: the facts of then.
fn traced(decision: &RecordedDecision, user: &UserId) -> Option<TracedCandidate> {
    decision.decision.candidates.iter().find(|candidate| candidate.user == *user).cloned()
}

/// The person judged by the routing of then and by what is known of people now.
async fn judged_now(
    service: &Service,
    grant: &Grant,
    decision: &RecordedDecision,
    ticket: &Ticket,
    known: &Person,
) -> Result<TracedCandidate, Rejection> {
    let (account, person, load) = (grant.account()?, &known.user, known.load);
    // Where routing was off, below its tier too, it went to nobody, whatever the channel keeps.
    let off = decision.decision.outcome == Outcome::LeftUnassigned(UnassignedReason::Off);
    let target = if off { Target::Nobody } else { plan_of(decision).target };
    let contact = match ticket.contact {
        Some(id) if target == Target::ContactOwner => {
            contacts::get(&service.store, account, id).await.map_err(|error| error.rejection())?
        }
        _ => None,
    };
    let named = named(&target, contact.as_ref(), person, &known.teams);
    let mut blockers = standing_blockers(person, named);
    if decision.routing.available_only {
        blockers.extend(away(person, service.clock.now()));
    }
    if grant.tier_includes(Feature::Capacity) {
        blockers.extend(person.work.capacity.reached(load, CapacityGroup::of(ticket.source)));
    }
    let lacks = |(skill, level): &(_, u8)| known.skills.get(skill).is_none_or(|own| own < level);
    if decision.decision.way.skills.iter().any(lacks) {
        blockers.insert(Ineligibility::Skill);
    }
    if ticket.waits() && ramp_ends(decision, load).is_some_and(|end| service.clock.now() < end) {
        blockers.insert(Ineligibility::Ramping);
    }
    Ok(TracedCandidate { user: person.id.clone(), blockers, open: load.open, last_auto: load.last_auto, rank: 0 })
}

fn named(target: &Target, contact: Option<&Contact>, person: &User, teams: &[Membership]) -> Named {
    match target {
        Target::Everybody => Named::Fully,
        Target::ContactOwner if contact.and_then(|contact| contact.owner.as_ref()) == Some(&person.id) => Named::Fully,
        Target::Nobody | Target::ContactOwner | Target::CustomerAgent { .. } => Named::Not,
        Target::People { users, teams: target } => {
            let through = |main: bool| teams.iter().any(|member| member.main == main && target.contains(&member.team));
            if users.contains(&person.id) || through(true) {
                Named::Fully
            } else if through(false) {
                Named::AsExtra
            } else {
                Named::Not
            }
        }
    }
}

/// One sentence about the person, which says by the facts of which time it was judged.
fn sentence(decision: &RecordedDecision, candidate: &TracedCandidate, then: bool) -> String {
    let (user, summary) = (&candidate.user, &decision.decision.summary);
    if decision.decision.outcome == Outcome::Assigned(user.clone()) {
        return format!("{user} got it. {summary}");
    }
    let when = if then { "at that moment" } else { "by the routing of then and the people as they are now" };
    if candidate.blockers.is_empty() {
        let place = if candidate.rank > 0 { format!(" on place {}", candidate.rank) } else { String::new() };
        return format!("{user} could have got it{place} with {} open tickets, {when}. {summary}", candidate.open);
    }
    let why: Vec<_> = candidate.blockers.iter().map(|why| words(*why)).collect();
    format!("{user} could not get it, {when}: {}. {summary}", why.join(", "))
}

fn words(why: Ineligibility) -> &'static str {
    match why {
        Ineligibility::Seat => "has no Service seat",
        Ineligibility::NoTicketAccess => "has no access to tickets",
        Ineligibility::Deactivated => "is deactivated",
        Ineligibility::ExtraMember => "is only an additional member of the team",
        Ineligibility::Unavailable => "is away",
        Ineligibility::NotInTarget => "is not named by the routing",
        Ineligibility::OutsideHours => "is outside of the working hours",
        Ineligibility::OutOfOffice => "is out of office",
        Ineligibility::PresenceLost => "has let the lease of presence run out",
        Ineligibility::AtTotalCapacity => "has as many open tickets as may be",
        Ineligibility::AtGroupCapacity => "has as many open tickets of this kind as may be",
        Ineligibility::Skill => "lacks a skill that is asked for",
        Ineligibility::Ramping => "has just got another ticket of the backlog",
        Ineligibility::LetGo => "has let it go",
    }
}
