//! Why a ticket went where it went, and why not to a certain person (C-055).

use std::collections::BTreeSet;

use super::read::{FoundDecision, with_cause};
use crate::domain::channel::{Routing, Target};
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Ineligibility, Load, Outcome, RecordedDecision, TracedCandidate, Verdict, verdict};
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
        return Ok(Explanation { decision: None, answer, candidate: None });
    };
    let Some(person) = person else {
        let answer = decision.decision.summary.clone();
        return Ok(Explanation {
            decision: Some(with_cause(service, grant, decision).await?),
            answer,
            candidate: None,
        });
    };
    let (candidate, then) = match traced(&decision, &person.0.id) {
        Some(candidate) => (candidate, true),
        None => (judged_now(service, grant, &decision.routing, ticket.contact, &person).await?, false),
    };
    let answer = sentence(&decision, &candidate, then);
    let decision = Some(with_cause(service, grant, decision).await?);
    Ok(Explanation { decision, answer, candidate: Some(candidate) })
}

async fn found_person(service: &Service, grant: &Grant, id: &UserId) -> Result<(User, Vec<Membership>), Rejection> {
    let account = grant.account()?;
    let found = people::user(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let resource = Name::User(id.clone()).within(account);
    found.ok_or_else(|| Rejection::ReferenceNotFound { field: "user".to_owned(), resource })
}

/// The person as the stored trace has it: the facts of then.
fn traced(decision: &RecordedDecision, user: &UserId) -> Option<TracedCandidate> {
    decision.decision.candidates.iter().find(|candidate| candidate.user == *user).cloned()
}

/// The person judged by the routing of then and by what is known of people now.
async fn judged_now(
    service: &Service,
    grant: &Grant,
    routing: &Routing,
    contact: Option<ContactId>,
    (person, teams): &(User, Vec<Membership>),
) -> Result<TracedCandidate, Rejection> {
    let account = grant.account()?;
    let load = decisions::load(&service.store, account, &person.id).await.map_err(|error| error.rejection())?;
    let contact = match contact {
        Some(id) if routing.target == Target::ContactOwner => {
            contacts::get(&service.store, account, id).await.map_err(|error| error.rejection())?
        }
        _ => None,
    };
    Ok(judge(routing, contact.as_ref(), person, teams, load))
}

fn judge(
    routing: &Routing,
    contact: Option<&Contact>,
    person: &User,
    teams: &[Membership],
    load: Load,
) -> TracedCandidate {
    let (named, extra) = match &routing.target {
        Target::Nobody => (false, false),
        Target::ContactOwner => (contact.and_then(|contact| contact.owner.as_ref()) == Some(&person.id), false),
        Target::People { users, teams: target } => {
            let through = |main: bool| teams.iter().any(|member| member.main == main && target.contains(&member.team));
            (users.contains(&person.id) || through(true), through(false))
        }
    };
    let blockers = match verdict(person, named, extra, routing.available_only) {
        Verdict::Eligible => BTreeSet::new(),
        Verdict::Blocked(why) => why,
    };
    TracedCandidate { user: person.id.clone(), blockers, open: load.open, last_auto: load.last_auto, rank: 0 }
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
    }
}
