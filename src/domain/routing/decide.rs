//! One decision, with everything that led to it (C-055).

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::pool::{Load, Pool, Verdict, verdict};
use super::{Ineligibility, UnassignedReason};
use crate::domain::channel::{Distribution, Routing, Target};
use crate::domain::codes::coded;
use crate::domain::contact::Contact;
use crate::domain::ids::{ChannelId, DecisionId, TeamId, TicketNumber, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// How many candidates and exclusions the trace holds (R2).
const TRACED: usize = 20;

coded! {
    /// What made a decision run.
    RoutingCause {
        /// A channel made the ticket (C-037).
        Created = "created",
        /// The owner lost access to the ticket (A4).
        OwnerLost = "owner_lost",
    }
}

/// What a decision rests on.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The routing of the channel.
    pub routing: &'a Routing,
    /// The contact who wrote, if known.
    pub contact: Option<&'a Contact>,
    /// The contact's owner and that user's load.
    pub contact_owner: Option<(&'a User, Load)>,
    /// The candidates of a people target.
    pub pool: &'a Pool,
}

/// Where the ticket goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To this user.
    Assigned(UserId),
    /// To nobody, and why.
    LeftUnassigned(UnassignedReason),
}

/// One person in the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedCandidate {
    /// The person.
    pub user: UserId,
    /// Why not; empty when eligible.
    pub blockers: BTreeSet<Ineligibility>,
    /// Open tickets at that moment.
    pub open: i64,
    /// Last automatic assignment before this one.
    pub last_auto: Option<Timestamp>,
    /// Place in the order, from 1; 0 when excluded.
    pub rank: u32,
}

/// A decision and its whole why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where the ticket goes.
    pub outcome: Outcome,
    /// The target's teams: written to the ticket when nobody could take it (C-044).
    pub teams: BTreeSet<TeamId>,
    /// The first considered.
    pub candidates: Vec<TracedCandidate>,
    /// How often each reason excluded somebody.
    pub exclusions: BTreeMap<Ineligibility, u32>,
    /// What settled it, in words.
    pub tie_break: String,
    /// One English sentence.
    pub summary: String,
}

/// A decision as it is kept: made once, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedDecision {
    /// Made id.
    pub id: DecisionId,
    /// The ticket it is about.
    pub ticket: TicketNumber,
    /// What made it run.
    pub cause: RoutingCause,
    /// When.
    pub decide_time: Timestamp,
    /// The channel whose routing was used.
    pub channel: ChannelId,
    /// The version of that routing.
    pub routing_version: i64,
    /// That routing, as it was.
    pub routing: Routing,
    /// Seed of the random choice: the same seed and facts choose the same.
    pub seed: i64,
    /// What was decided, and why.
    pub decision: Decision,
    /// Place in the account's event order.
    pub sequence: i64,
}

/// Decides. The same facts and the same seed give the same decision.
pub fn decide(facts: &Facts<'_>, rng: &mut impl Rng) -> Decision {
    match &facts.routing.target {
        Target::Nobody => left(UnassignedReason::Off, "The channel routes to nobody."),
        Target::ContactOwner => to_contact_owner(facts),
        Target::People { teams, .. } => to_people(facts, teams, rng),
    }
}

fn left(reason: UnassignedReason, summary: &str) -> Decision {
    Decision {
        outcome: Outcome::LeftUnassigned(reason),
        teams: BTreeSet::new(),
        candidates: Vec::new(),
        exclusions: BTreeMap::new(),
        tie_break: String::new(),
        summary: summary.to_owned(),
    }
}

/// C-045 to C-048: each missing condition has its own reason, and there is no silent fallback.
fn to_contact_owner(facts: &Facts<'_>) -> Decision {
    use UnassignedReason as Why;
    let Some(contact) = facts.contact else {
        return left(Why::NoContact, "The sender is no known contact.");
    };
    let Some((owner, load)) = facts.contact_owner else {
        return left(Why::NoOwner, "The contact has no owner.");
    };
    if !contact.tracked {
        return left(Why::NotTracked, "The contact is not tracked by a cookie.");
    }
    let blockers = match verdict(owner, true, false, facts.routing.available_only) {
        Verdict::Eligible => BTreeSet::new(),
        Verdict::Blocked(blockers) => blockers,
    };
    let outcome = if blockers.is_empty() {
        Outcome::Assigned(owner.id.clone())
    } else if blockers.iter().any(|why| *why != Ineligibility::Unavailable) {
        Outcome::LeftUnassigned(Why::OwnerNotEligible)
    } else {
        Outcome::LeftUnassigned(Why::OwnerAway)
    };
    let summary = match &outcome {
        Outcome::Assigned(user) => format!("Assigned to {user}, the owner of the contact."),
        Outcome::LeftUnassigned(Why::OwnerAway) => format!("{}, the owner of the contact, is away.", owner.id),
        Outcome::LeftUnassigned(_) => format!("{}, the owner of the contact, may not receive tickets.", owner.id),
    };
    let rank = u32::from(blockers.is_empty());
    let exclusions = blockers.iter().map(|why| (*why, 1)).collect();
    let traced = TracedCandidate { user: owner.id.clone(), blockers, open: load.open, last_auto: load.last_auto, rank };
    Decision { candidates: vec![traced], exclusions, ..left_as(outcome, summary) }
}

fn left_as(outcome: Outcome, summary: String) -> Decision {
    Decision { outcome, summary, ..left(UnassignedReason::Off, "") }
}

fn to_people(facts: &Facts<'_>, teams: &[TeamId], rng: &mut impl Rng) -> Decision {
    let pool = facts.pool;
    let chosen = match facts.routing.distribution {
        Distribution::Balanced => pool.ranked().next().map(|score| score.user.clone()),
        Distribution::Random if pool.is_empty() => None,
        Distribution::Random => pool.at(rng.random_range(0..pool.len())).cloned(),
    };
    let teams: BTreeSet<_> = teams.iter().cloned().collect();
    let (outcome, tie_break, summary) = match chosen {
        Some(user) => {
            let (tie_break, why) = settled(pool, facts.routing.distribution, &user);
            let summary = format!("Assigned to {user}: {why}.");
            (Outcome::Assigned(user), tie_break, summary)
        }
        None if pool.somebody_away() => {
            let why = UnassignedReason::NobodyAvailable;
            (Outcome::LeftUnassigned(why), "", "Nobody of the target is available.".to_owned())
        }
        None => {
            let why = UnassignedReason::NobodyEligible;
            (Outcome::LeftUnassigned(why), "", "Nobody of the target may receive tickets.".to_owned())
        }
    };
    Decision {
        outcome,
        teams,
        candidates: trace(pool),
        exclusions: pool.exclusion_counts().clone(),
        tie_break: tie_break.to_owned(),
        summary,
    }
}

/// What settled the choice of `user`: a code for machines and words for people.
fn settled(pool: &Pool, distribution: Distribution, user: &UserId) -> (&'static str, String) {
    let open = pool.load(user).unwrap_or_default().open;
    if distribution == Distribution::Random {
        return ("random", format!("chosen at random among {}", pool.len()));
    }
    let mut first = pool.ranked();
    match (first.next(), first.next()) {
        (Some(a), Some(b)) if a.open == b.open && a.last_auto == b.last_auto => {
            ("id", format!("fewest open tickets ({open}), longest without one, smallest id"))
        }
        (Some(a), Some(b)) if a.open == b.open => {
            ("last_assignment", format!("fewest open tickets ({open}) and longest without a new one"))
        }
        (Some(_), Some(_)) => ("open_tickets", format!("fewest open tickets ({open})")),
        _ => ("only_candidate", "the only one who may".to_owned()),
    }
}

fn trace(pool: &Pool) -> Vec<TracedCandidate> {
    let eligible = pool.ranked().zip(1..).map(|(score, rank)| TracedCandidate {
        user: score.user.clone(),
        blockers: BTreeSet::new(),
        open: score.open,
        last_auto: score.last_auto,
        rank,
    });
    let excluded = pool.excluded().map(|(user, blockers)| TracedCandidate {
        user: user.clone(),
        blockers: blockers.clone(),
        open: 0,
        last_auto: None,
        rank: 0,
    });
    eligible.chain(excluded).take(TRACED).collect()
}
