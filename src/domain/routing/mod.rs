//! Routing: who gets a ticket, and why. Pure: the same facts give the same decision.
//!
//! Hard constraints ([`Ineligibility`]) take candidates out; what is left is ordered by [`Score`], whose field order is
//! the policy (C-039). A [`Pool`] keeps the candidates of one target in that order, so that a decision does not walk
//! everybody (R2).

mod decide;
mod flags;
mod line;
mod load;
mod person;
mod plan;
mod pool;
mod reach;
mod rule;
#[cfg(test)]
mod tests;
mod version;

pub use decide::{Decision, Moment, Outcome, RecordedDecision, RoutingCause, Subject, TracedCandidate, Way, decide};
pub use flags::{Flagged, TargetFlag, TargetPeople, everybody_named, flagged, flags, unroutable};
pub use line::Line;
pub use load::{Capacity, CapacityGroup, Load};
pub use person::{Candidate, Named, away, blockers, standing_blockers};
pub use plan::{Demand, Plan, SkillNeed, Skills};
pub use pool::{Pool, Score};
pub use reach::{Dead, dead_rules};
pub use rule::{Conditions, MOST_RULES, Rule, first_match};
pub use version::{RoutingVersion, VersionState};

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
        /// Somebody is there, but has as many tickets as may be.
        AllAtCapacity = "all_at_capacity",
        /// Nobody has the skills.
        NoSkillMatch = "no_skill_match",
        /// Nobody touched it for too long.
        Returned = "returned",
        /// A customer agent has the conversation.
        CustomerAgent = "customer_agent",
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
        /// Outside of the working hours.
        OutsideHours = "outside_hours",
        /// Out of office.
        OutOfOffice = "out_of_office",
        /// The lease of presence ran out.
        PresenceLost = "presence_lost",
        /// As many open tickets as the person takes.
        AtTotalCapacity = "at_total_capacity",
        /// As many open tickets of this kind of work as the person takes.
        AtGroupCapacity = "at_group_capacity",
        /// Lacks a skill, or has it at too low a level.
        Skill = "skill",
        /// Just got a ticket of the backlog.
        Ramping = "ramping",
        /// Let this very ticket go: untouched for too long, or declined.
        LetGo = "let_go",
    }
}
