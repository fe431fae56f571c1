//! Routing decisions.

use super::ticket::UNASSIGNED_REASON;
use super::{codes, field, reference};
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};
use crate::domain::routing::RoutingCause;

/// Fields of a routing decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum DecisionField {
    Channel,
    User,
    Cause,
    Outcome,
    UnassignedReason,
    DecideTime,
}

/// Routing decisions.
pub static DECISION: Schema<DecisionField> = {
    use DecisionField as F;
    Schema {
        fields: &[
            field("channel", F::Channel, reference("channels", IdKind::Chosen)),
            field("user", F::User, reference("users", IdKind::Chosen)),
            field("cause", F::Cause, Kind::Enum(&CAUSE)),
            field("outcome", F::Outcome, Kind::Enum(&OUTCOME)),
            field("unassigned_reason", F::UnassignedReason, Kind::Enum(&UNASSIGNED_REASON)),
            field("decide_time", F::DecideTime, Kind::Time),
        ],
    }
};

static CAUSE: Enumeration = Enumeration { prefix: "ROUTING_CAUSE_", codes: codes!(RoutingCause), shape: Shape::Plain };
static OUTCOME: Enumeration =
    Enumeration { prefix: "ROUTING_OUTCOME_", codes: &["assigned", "left_unassigned"], shape: Shape::Plain };
