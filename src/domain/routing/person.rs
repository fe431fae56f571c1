//! One person against the hard constraints.

use std::collections::BTreeSet;

use super::plan::{Demand, Skills};
use super::{Capacity, Ineligibility};
use crate::domain::access::{Level, Seat};
use crate::domain::ids::UserId;
use crate::domain::schedule::Source;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserState};

/// What a person brings to a decision, apart from the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub user: UserId,
    /// Why not, every reason; empty for one who may be chosen.
    pub blockers: BTreeSet<Ineligibility>,
    /// How much the person takes.
    pub capacity: Capacity,
}

impl Candidate {
    /// A person who may be chosen as long as there is room.
    pub fn free(user: UserId) -> Self {
        Self { user, blockers: BTreeSet::new(), capacity: Capacity::default() }
    }
}

/// How a target names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Directly, or through the main team.
    Fully,
    /// Through an additional team only.
    AsExtra,
    /// Not at all.
    Not,
}

/// Every hard constraint that keeps a person from getting a ticket at `now`, but for capacity, which changes with each
/// ticket (R-088 to, C-050, C-053).
pub fn blockers(
    user: &User,
    named: Named,
    skills: &Skills,
    demand: &Demand,
    now: Timestamp,
) -> BTreeSet<Ineligibility> {
    let mut blockers = standing_blockers(user, named);
    if demand.available_only {
        blockers.extend(away(user, now));
    }
    let has = |(skill, level): &(_, u8)| skills.get(skill).is_some_and(|own| own >= level);
    if !demand.skills.iter().all(has) {
        blockers.insert(Ineligibility::Skill);
    }
    blockers
}

/// Why a person cannot receive tickets at all, whatever the hour.
pub fn standing_blockers(user: &User, named: Named) -> BTreeSet<Ineligibility> {
    let checks = [
        (user.state != UserState::Active, Ineligibility::Deactivated),
        (user.seat != Seat::Service, Ineligibility::Seat),
        (!user.super_admin && user.view.level < Level::Owned, Ineligibility::NoTicketAccess),
        (named == Named::AsExtra, Ineligibility::ExtraMember),
        (named == Named::Not, Ineligibility::NotInTarget),
    ];
    checks.into_iter().filter_map(|(hit, why)| hit.then_some(why)).collect()
}

/// Why a person is not there at `now`; nothing for one who is (C-047).
pub fn away(user: &User, now: Timestamp) -> Option<Ineligibility> {
    let lost = user.work.presence.is_lost().then_some(Ineligibility::PresenceLost);
    let (available, source) = user.availability_at(now);
    if available {
        return lost;
    }
    Some(match source {
        Some(Source::Schedule) => Ineligibility::OutsideHours,
        Some(Source::OutOfOffice) => Ineligibility::OutOfOffice,
        Some(Source::Own | Source::Other) | None => Ineligibility::Unavailable,
    })
}
