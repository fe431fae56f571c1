//! Trying routing out, on the wire.

use crate::domain::ids::{AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::routing::decision;
use crate::grpc::convert::ticket::{priority_of, unassigned_reason};
use crate::grpc::convert::{channel, name, skill, timestamp};
use crate::grpc::pb::v1;
use crate::service::channels::Tried;
use crate::service::grant::Grant;
use crate::service::replay_routing::{AskedReplay, Replayed, Shares};
use crate::service::routing_check::{Check, Problem};
use crate::service::simulate::{About, Draft, Pretended, Simulate, Simulated};

/// Past tickets that are decided again, unless the request says how many.
const USUAL_REPLAY: u64 = 500;

/// The simulation that a request asks for.
///
/// # Errors
/// References that cannot exist, and no subject at all.
pub fn simulate(grant: &Grant, request: v1::SimulateRoutingRequest) -> Result<Simulate, Rejection> {
    use v1::simulate_routing_request::{Subject, Tried as Tries};
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
    let routing = match &request.tried {
        Some(Tries::Routing(routing)) => Some(given(grant, routing)?),
        Some(Tries::RoutingVersion(version)) => Some(version_of(grant, version)?),
        None => None,
    };
    let outside = || Rejection::field("at_time", "OUT_OF_RANGE", "must lie in the years 1 to 9999");
    Ok(Simulate {
        about,
        at: request.at_time.as_ref().map(|time| moment(time).ok_or_else(outside)).transpose()?,
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
    let skills = format!("users[{index}].skills");
    let skills = given.skills.as_ref().map(|it| skill::skills_of(grant, &it.skills, &skills)).transpose()?;
    Ok(Pretended {
        user: name::required(&field, name::user_ref(grant, &field, &given.user)?)?,
        available: match given.state() {
            v1::AvailabilityState::Unspecified => None,
            v1::AvailabilityState::Available => Some(true),
            v1::AvailabilityState::Away => Some(false),
        },
        open: given.open_ticket_count.map(i64::from),
        skills,
    })
}

/// What would have happened.
pub fn simulated(account: &AccountId, simulated: &Simulated) -> v1::SimulateRoutingResponse {
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

/// The replay that a request asks for.
///
/// # Errors
/// References that cannot exist, and no routing at all.
pub fn replay(grant: &Grant, request: v1::ReplayRoutingRequest) -> Result<AskedReplay, Rejection> {
    use v1::replay_routing_request::Tried as Wire;
    let channel = name::channel(grant, "parent", &request.parent)?;
    let tried = match request.tried {
        Some(Wire::Routing(routing)) => given(grant, &routing)?,
        Some(Wire::RoutingVersion(version)) => version_of(grant, &version)?,
        None => return Err(Rejection::field("routing", "REQUIRED", "must be set, or routing_version")),
    };
    let limit = u64::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(USUAL_REPLAY);
    Ok(AskedReplay { channel, tried, limit })
}

fn given(grant: &Grant, routing: &v1::ChannelRouting) -> Result<Tried, Rejection> {
    Ok(Tried::Given(Box::new(channel::whole_routing(grant, routing)?)))
}

fn version_of(grant: &Grant, version: &str) -> Result<Tried, Rejection> {
    let field = "routing_version";
    let (channel, number) = name::required(field, name::routing_version_ref(grant, field, version)?)?;
    Ok(Tried::Version(channel, number))
}

/// A past ticket, decided again.
pub fn replayed(account: &AccountId, replayed: &Replayed) -> v1::ReplayRoutingResponse {
    let user = |user: &Option<UserId>| user.clone().map(|id| Name::User(id).within(account)).unwrap_or_default();
    let ticket = v1::ReplayedTicket {
        ticket: Name::Ticket(replayed.ticket).within(account),
        user_before: user(&replayed.before),
        user_after: user(&replayed.after),
        summary: replayed.summary.clone(),
        rule: replayed.rule.clone(),
        decide_time: Some(timestamp(replayed.decide_time)),
        routing_version: replayed.version,
        unassigned_reason: replayed.reason.map_or(v1::UnassignedReason::Unspecified, unassigned_reason).into(),
    };
    v1::ReplayRoutingResponse { item: Some(v1::replay_routing_response::Item::Ticket(ticket)) }
}

/// Who got how many, and who would have.
pub fn summary(account: &AccountId, shares: &Shares) -> v1::ReplayRoutingResponse {
    let share = |(user, (before, after)): (&UserId, &(usize, usize))| v1::ReplayedShare {
        user: Name::User(user.clone()).within(account),
        count_before: count(*before),
        count_after: count(*after),
    };
    let summary = v1::ReplaySummary {
        ticket_count: count(shares.tickets),
        shares: shares.people.iter().map(share).collect(),
        unassigned_count_before: count(shares.nobody.0),
        unassigned_count_after: count(shares.nobody.1),
    };
    v1::ReplayRoutingResponse { item: Some(v1::replay_routing_response::Item::Summary(summary)) }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The check that a request asks for.
///
/// # Errors
/// A version that cannot exist.
pub fn check(grant: &Grant, request: &v1::CheckRoutingRequest) -> Result<Check, Rejection> {
    let version = name::routing_version_ref(grant, "routing_version", &request.routing_version)?;
    Ok(Check { version })
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
