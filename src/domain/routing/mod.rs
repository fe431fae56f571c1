//! Routing: who gets a ticket, and why. Pure: the same facts give the same decision.
//!
//! Hard constraints ([`Ineligibility`]) take candidates out; what is left is ordered by [`Score`], whose field order is
//! the policy (C-039). A [`Pool`] keeps the candidates of one target in that order, so that a decision does not walk
//! everybody (R2).

mod decide;
mod flags;
mod pool;
#[cfg(test)]
mod tests;

pub use decide::{Decision, Facts, Outcome, RecordedDecision, RoutingCause, TracedCandidate, decide};
pub use flags::{TargetFlag, TargetPeople, blockers, flags};
pub use pool::{Candidate, Load, Pool, Score, Verdict, verdict};

use super::codes::coded;

coded! {
    /// Why a ticket was left unassigned (C-044, C-045, C-048).
    UnassignedReason {
        /// The channel routes to nobody.
        Off = "off",
        /// The message is of nobody we know.
        NoContact = "no_contact",
        /// The contact has no owner.
        NoOwner = "no_owner",
        /// The contact is not tracked by a cookie.
        NotTracked = "not_tracked",
        /// The owner lacks the seat or ticket access.
        OwnerNotEligible = "owner_not_eligible",
        /// The owner is away.
        OwnerAway = "owner_away",
        /// No user of the target may receive tickets.
        NobodyEligible = "nobody_eligible",
        /// Somebody may, but nobody is available.
        NobodyAvailable = "nobody_available",
    }
}

coded! {
    /// Why a person cannot receive a ticket automatically.
    Ineligibility {
        /// No Service seat.
        Seat = "seat",
        /// No ticket access.
        NoTicketAccess = "no_ticket_access",
        /// Deactivated.
        Deactivated = "deactivated",
        /// In the team, but it is not the main team.
        ExtraMember = "extra_member",
        /// Away.
        Unavailable = "unavailable",
        /// Not named by the rule.
        NotInTarget = "not_in_target",
    }
}
