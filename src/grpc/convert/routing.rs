//! Routing decisions on the wire.

use crate::domain::channel::{Distribution, Target};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::routing::{Ineligibility, Outcome, RecordedDecision, RoutingCause, TracedCandidate};
use crate::grpc::convert::ticket::unassigned_reason;
use crate::grpc::convert::timestamp;
use crate::grpc::pb::v1;

/// A decision as callers see it.
pub fn decision(account: &AccountId, recorded: &RecordedDecision) -> v1::RoutingDecision {
    let full = |name: Name| name.within(account);
    let decision = &recorded.decision;
    let (outcome, user, reason) = match &decision.outcome {
        Outcome::Assigned(user) => (v1::RoutingOutcome::Assigned, full(Name::User(user.clone())), None),
        Outcome::LeftUnassigned(reason) => (v1::RoutingOutcome::LeftUnassigned, String::new(), Some(*reason)),
    };
    let spread = matches!(recorded.routing.target, Target::People { .. });
    let by_lot = decision.tie_break == "random";
    let left = matches!(decision.outcome, Outcome::LeftUnassigned(_));
    v1::RoutingDecision {
        name: full(Name::Decision(recorded.ticket, recorded.id)),
        ticket: full(Name::Ticket(recorded.ticket)),
        cause: cause(recorded.cause).into(),
        decide_time: Some(timestamp(recorded.decide_time)),
        routing_version: recorded.routing_version,
        outcome: outcome.into(),
        user,
        teams: decision.teams.iter().filter(|_| left).map(|id| full(Name::Team(id.clone()))).collect(),
        summary: decision.summary.clone(),
        distribution: if spread { distribution(recorded.routing.distribution) } else { v1::Distribution::Unspecified }
            .into(),
        tie_break: decision.tie_break.clone(),
        random_seed: if by_lot { recorded.seed } else { 0 },
        cause_chain: None,
        unassigned_reason: reason.map_or(v1::UnassignedReason::Unspecified, unassigned_reason).into(),
        channel: full(Name::Channel(recorded.channel.clone())),
        candidates: decision.candidates.iter().map(|traced| candidate(account, traced)).collect(),
        exclusions: decision.exclusions.iter().map(|(why, count)| exclusion(*why, *count)).collect(),
    }
}

fn cause(cause: RoutingCause) -> v1::RoutingCause {
    match cause {
        RoutingCause::Created => v1::RoutingCause::Created,
        RoutingCause::OwnerLost => v1::RoutingCause::OwnerLost,
    }
}

/// A way of spreading on the wire.
pub fn distribution(distribution: Distribution) -> v1::Distribution {
    match distribution {
        Distribution::Balanced => v1::Distribution::Balanced,
        Distribution::Random => v1::Distribution::Random,
    }
}

fn candidate(account: &AccountId, traced: &TracedCandidate) -> v1::CandidateTrace {
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

/// Why a person cannot receive a ticket, on the wire.
pub fn ineligibility(why: Ineligibility) -> v1::Ineligibility {
    match why {
        Ineligibility::Seat => v1::Ineligibility::Seat,
        Ineligibility::NoTicketAccess => v1::Ineligibility::NoTicketAccess,
        Ineligibility::Deactivated => v1::Ineligibility::Deactivated,
        Ineligibility::ExtraMember => v1::Ineligibility::ExtraMember,
        Ineligibility::Unavailable => v1::Ineligibility::Unavailable,
        Ineligibility::NotInTarget => v1::Ineligibility::NotInTarget,
    }
}
