//! Routing decisions on the wire.

use crate::domain::channel::{Distribution, Target};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Ineligibility, Outcome, RecordedDecision, RoutingCause, TracedCandidate};
use crate::grpc::convert::ticket::{ticket, unassigned_reason};
use crate::grpc::convert::{actor, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::decisions::FoundDecision;
use crate::service::desk::version_of;
use crate::service::grant::Grant;
use crate::service::routing_now::{RouteNow, RoutedNow};

/// A decision as callers see it.
pub fn decision(account: &AccountId, found: &FoundDecision) -> v1::RoutingDecision {
    let RecordedDecision { id, ticket, decision, routing, .. } = &found.decision;
    let full = |name: Name| name.within(account);
    let (outcome, user, reason) = match &decision.outcome {
        Outcome::Assigned(user) => (v1::RoutingOutcome::Assigned, full(Name::User(user.clone())), None),
        Outcome::LeftUnassigned(why) => (v1::RoutingOutcome::LeftUnassigned, String::new(), Some(*why)),
        Outcome::Queued(why) => (v1::RoutingOutcome::Queued, String::new(), Some(*why)),
    };
    // The target's teams are written to the ticket only where nobody could take it (C-044).
    let teams = if reason.is_some() { decision.teams.iter().cloned().collect() } else { Vec::new() };
    let way = &decision.way;
    // Decisions older than what they keep of their plan went by the routing itself.
    let plain = matches!(routing.target, Target::People { .. }).then_some(routing.distribution);
    let spread = way.distribution.or(plain);
    let drawn = spread == Some(Distribution::Random) && reason.is_none();
    v1::RoutingDecision {
        name: full(Name::Decision(*ticket, *id)),
        ticket: full(Name::Ticket(*ticket)),
        cause: cause(found.decision.cause).into(),
        decide_time: Some(timestamp(found.decision.decide_time)),
        routing_version: found.decision.routing_version,
        outcome: outcome.into(),
        user,
        teams: teams.into_iter().map(|id| full(Name::Team(id))).collect(),
        summary: decision.summary.clone(),
        distribution: spread.map_or(v1::Distribution::Unspecified, distribution).into(),
        tie_break: decision.tie_break.clone(),
        random_seed: if drawn { found.decision.seed } else { 0 },
        cause_chain: cause_chain(account, found),
        unassigned_reason: reason.map_or(v1::UnassignedReason::Unspecified, unassigned_reason).into(),
        channel: full(Name::Channel(found.decision.channel.clone())),
        candidates: decision.candidates.iter().map(|traced| candidate(account, traced)).collect(),
        rule: way.rule.clone().unwrap_or_default(),
        exclusions: decision.exclusions.iter().map(|(why, count)| exclusion(*why, *count)).collect(),
    }
}

/// The use case of a `RouteTicket` request.
///
/// # Errors
/// A name that is none.
pub fn route_now(grant: &Grant, request: v1::RouteTicketRequest) -> Result<RouteNow, Rejection> {
    let v1::RouteTicketRequest { name: ticket, ignore_owner, etag, .. } = request;
    Ok(RouteNow { ticket: name::ticket(grant, "name", &ticket)?, ignore_owner, etag: version_of(&etag) })
}

/// A ticket that was routed because somebody asked for it.
pub fn routed(grant: &Grant, routed: &RoutedNow) -> v1::RouteTicketResponse {
    let Ok(account) = grant.account() else { return v1::RouteTicketResponse::default() };
    v1::RouteTicketResponse {
        routing_decision: Some(decision(account, &routed.decision)),
        ticket: Some(ticket(account, &routed.ticket)),
        mutation: None,
    }
}

/// What brought a decision about; nothing once its events are no longer kept.
fn cause_chain(account: &AccountId, found: &FoundDecision) -> Option<v1::CauseChain> {
    let event = found.event.as_ref()?;
    let full = |sequence: i64| Name::Event(sequence).within(account);
    Some(v1::CauseChain {
        root: full(event.cause_root),
        depth: i32::try_from(event.cause_depth).unwrap_or(i32::MAX),
        parent_event: if event.cause_parent == 0 { String::new() } else { full(event.cause_parent) },
        actor: found.root_actor.as_ref().map(|root| actor(account, root)),
    })
}

/// One person who was considered.
pub fn candidate(account: &AccountId, traced: &TracedCandidate) -> v1::CandidateTrace {
    v1::CandidateTrace {
        user: Name::User(traced.user.clone()).within(account),
        eligible: traced.blockers.is_empty(),
        blockers: traced.blockers.iter().map(|why| ineligibility(*why).into()).collect(),
        rank: i32::try_from(traced.rank).unwrap_or(i32::MAX),
        open_ticket_count: i32::try_from(traced.open).unwrap_or(i32::MAX),
        last_assign_time: traced.last_auto.map(timestamp),
    }
}

fn exclusion(why: Ineligibility, count: u32) -> v1::ExclusionCount {
    v1::ExclusionCount { reason: ineligibility(why).into(), user_count: i32::try_from(count).unwrap_or(i32::MAX) }
}

/// A distribution on the wire.
pub fn distribution(distribution: Distribution) -> v1::Distribution {
    match distribution {
        Distribution::Balanced => v1::Distribution::Balanced,
        Distribution::Random => v1::Distribution::Random,
    }
}

/// Why a person cannot receive a ticket, on the wire.
pub fn ineligibility(why: Ineligibility) -> v1::Ineligibility {
    match why {
        Ineligibility::Seat => v1::Ineligibility::Seat,
        Ineligibility::NoTicketAccess => v1::Ineligibility::NoTicketAccess,
        Ineligibility::Deactivated => v1::Ineligibility::Deactivated,
        Ineligibility::ExtraMember => v1::Ineligibility::ExtraMember,
        Ineligibility::Unavailable => v1::Ineligibility::Unavailable,
        Ineligibility::NotInTarget => v1::Ineligibility::NotInTarget,
        Ineligibility::OutsideHours => v1::Ineligibility::OutsideHours,
        Ineligibility::OutOfOffice => v1::Ineligibility::OutOfOffice,
        Ineligibility::PresenceLost => v1::Ineligibility::PresenceLost,
        Ineligibility::AtTotalCapacity => v1::Ineligibility::AtTotalCapacity,
        Ineligibility::AtGroupCapacity => v1::Ineligibility::AtGroupCapacity,
        Ineligibility::Skill => v1::Ineligibility::Skill,
        Ineligibility::Ramping => v1::Ineligibility::Ramping,
        Ineligibility::LetGo => v1::Ineligibility::LetGo,
    }
}

fn cause(cause: RoutingCause) -> v1::RoutingCause {
    match cause {
        RoutingCause::Created => v1::RoutingCause::Created,
        RoutingCause::OwnerLost => v1::RoutingCause::OwnerLost,
        RoutingCause::Moved => v1::RoutingCause::Moved,
        RoutingCause::Manual => v1::RoutingCause::Manual,
        RoutingCause::Served => v1::RoutingCause::Served,
        RoutingCause::Returned => v1::RoutingCause::Returned,
        RoutingCause::Reopened => v1::RoutingCause::Reopened,
        RoutingCause::Handoff => v1::RoutingCause::Handoff,
    }
}
