//! Trying routing out, on the wire.

use crate::domain::ids::{AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::routing::decision;
use crate::grpc::convert::ticket::priority_of;
use crate::grpc::convert::{channel, name};
use crate::grpc::pb::v1;
use crate::service::grant::Grant;
use crate::service::replay_routing::{Replayed, shares};
use crate::service::routing_check::Problem;
use crate::service::simulate::{About, Draft, Pretended, Simulate, Simulated};

/// The simulation that a request asks for.
///
/// # Errors
/// References that cannot exist, and no subject at all.
pub fn simulate(grant: &Grant, request: v1::SimulateRoutingRequest) -> Result<Simulate, Rejection> {
    use v1::simulate_routing_request::Subject;
    name::account(grant, "parent", &request.parent)?;
    let about = match request.subject {
        Some(Subject::Ticket(ticket)) => {
            let number = name::ticket_ref(grant, "ticket", &ticket)?;
            About::Ticket(name::required("ticket", number)?)
        }
        Some(Subject::Draft(draft)) => About::Draft(Box::new(draft_of(grant, draft)?)),
        None => return Err(Rejection::field("ticket", "REQUIRED", "must be set, or draft")),
    };
    let people = request.users.iter().enumerate().map(|(index, user)| pretended(grant, index, user));
    let people = people.collect::<Result<_, _>>()?;
    let routing = request.routing.as_ref().map(|routing| channel::whole_routing(grant, routing)).transpose()?;
    Ok(Simulate {
        about,
        at: request.at_time.as_ref().and_then(moment),
        people,
        routing,
        repeat: usize::try_from(request.repeat).unwrap_or(1),
    })
}

fn draft_of(grant: &Grant, draft: v1::ImaginedTicket) -> Result<Draft, Rejection> {
    let priority = priority_of(draft.priority());
    Ok(Draft {
        channel: name::required("draft.channel", name::channel_ref(grant, "draft.channel", &draft.channel)?)?,
        subject: draft.subject,
        text: draft.text,
        priority,
        category: draft.category,
        tags: draft.tags.into_iter().collect(),
        contact: name::contact_ref(grant, "draft.contact", &draft.contact)?,
    })
}

fn pretended(grant: &Grant, index: usize, given: &v1::UserAssumption) -> Result<Pretended, Rejection> {
    let field = format!("users[{index}].user");
    Ok(Pretended {
        user: name::required(&field, name::user_ref(grant, &field, &given.user)?)?,
        available: match given.state() {
            v1::AvailabilityState::Unspecified => None,
            v1::AvailabilityState::Available => Some(true),
            v1::AvailabilityState::Away => Some(false),
        },
        open: given.open_ticket_count.map(i64::from),
        skills: None,
    })
}

/// What would have happened.
pub fn simulated(account: &AccountId, simulated: &Simulated) -> v1::SimulateRoutingResponse {
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    // Nothing of it is there, so nothing of it has a name.
    let nameless = |found| v1::RoutingDecision {
        name: String::new(),
        ticket: String::new(),
        cause_chain: None,
        ..decision(account, found)
    };
    let share = |(user, tickets): (&crate::domain::ids::UserId, &usize)| v1::SimulatedShare {
        user: Name::User(user.clone()).within(account),
        ticket_count: count(*tickets),
    };
    v1::SimulateRoutingResponse {
        routing_decisions: simulated.decisions.iter().map(nameless).collect(),
        shares: simulated.spread.iter().map(share).collect(),
        unassigned_count: count(simulated.unassigned),
    }
}

/// What would have happened to past tickets.
pub fn replayed(account: &AccountId, again: &[Replayed]) -> v1::ReplayRoutingResponse {
    let user = |user: Option<&UserId>| user.map(|id| Name::User(id.clone()).within(account)).unwrap_or_default();
    let ticket = |replayed: &Replayed| v1::ReplayedTicket {
        ticket: Name::Ticket(replayed.ticket).within(account),
        user_before: user(replayed.before.as_ref()),
        user_after: user(replayed.after.as_ref()),
        summary: replayed.summary.clone(),
        rule: replayed.rule.clone(),
    };
    let (shares, unassigned) = shares(again);
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let share =
        |(id, tickets): (&UserId, usize)| v1::SimulatedShare { user: user(Some(id)), ticket_count: count(tickets) };
    v1::ReplayRoutingResponse {
        tickets: again.iter().map(ticket).collect(),
        shares: shares.into_iter().map(share).collect(),
        unassigned_count: count(unassigned),
    }
}

/// One thing that can never work.
pub fn problem(account: &AccountId, problem: &Problem) -> v1::RoutingProblem {
    v1::RoutingProblem {
        routing: Name::ChannelRouting(problem.channel.clone()).within(account),
        rule: problem.rule.clone(),
        code: problem.code.to_owned(),
        text: problem.text.clone(),
    }
}
