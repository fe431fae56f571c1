//! One decision, with everything that led to it (C-055).
//!
//! The one allocator: a message that makes a ticket, "route now", a queue that is served, and whatever else hands out
//! tickets by itself all end in [`decide`]. It is pure: subject, plan, candidates, moment and dice give the decision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::person::{Named, away, standing_blockers};
use super::plan::Plan;
use super::pool::Pool;
use super::{Capacity, CapacityGroup, Ineligibility, Load, UnassignedReason};
use crate::domain::channel::{Distribution, Routing, Target, WhenFull};
use crate::domain::codes::coded;
use crate::domain::contact::Contact;
use crate::domain::ids::{ChannelId, DecisionId, SkillId, TeamId, TicketNumber, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// How many candidates and exclusions the trace holds (R2).
const TRACED: usize = 20;

coded! {
    /// What made a decision run.
    RoutingCause {
        /// A channel made the ticket (C-037).
        Created = "created",
        /// A conversation was moved from the inbox to the help desk.
        Moved = "moved",
        /// The owner lost access to the ticket (A4).
        OwnerLost = "owner_lost",
        /// Somebody asked for it.
        Manual = "manual",
        /// The ticket waited, and somebody may take it now.
        Served = "served",
        /// Nobody touched it for too long.
        Returned = "returned",
        /// It was opened again, and its owner could not take it any more.
        Reopened = "reopened",
        /// A customer agent hands it to people.
        Handoff = "handoff",
    }
}

/// What the decision is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The contact who wrote, if known.
    pub contact: Option<&'a Contact>,
    /// The contact's owner, that user's load, and how many tickets the user gets.
    pub contact_owner: Option<(&'a User, Load, Capacity)>,
    /// The kind of work.
    pub group: CapacityGroup,
    /// Whom the ticket was taken from, and who declined it: not those to get it at once again.
    pub except: &'a [UserId],
}

/// When it is decided, and how fast a backlog may flow.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Of a ticket that waited: how long after one ticket of the backlog a person gets the next. None: at once.
    pub ramp: Option<Duration>,
    /// Others who ask for the same people wait already: this one waits behind them.
    pub behind: bool,
}

/// Where the ticket goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To this user.
    Assigned(UserId),
    /// To nobody, and why.
    LeftUnassigned(UnassignedReason),
    /// To nobody yet, and why: it waits in order.
    Queued(UnassignedReason),
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
    /// What the plan said.
    pub way: Way,
}

/// What of the plan is kept with the decision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Way {
    /// The rule that matched; none: the routing of the channel itself.
    pub rule: Option<String>,
    /// How it was spread over people; none where there was nothing to spread.
    pub distribution: Option<Distribution>,
    /// Skills that were asked for, with their least levels.
    pub skills: Vec<(SkillId, u8)>,
    /// Skills that were no longer asked for, because the ticket had waited.
    pub dropped: Vec<SkillId>,
    /// It waits in order.
    pub queued: bool,
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

/// Decides. The same facts and the same dice give the same decision.
pub fn decide(subject: &Subject<'_>, plan: &Plan, pool: &Pool, moment: Moment, dice: &mut impl Rng) -> Decision {
    let decision = match &plan.target {
        Target::Nobody => left(UnassignedReason::Off, "The channel routes to nobody."),
        Target::CustomerAgent { agent } => {
            let summary = format!("It goes to the customer agent {agent}.");
            left_as(Outcome::LeftUnassigned(UnassignedReason::CustomerAgent), summary)
        }
        Target::ContactOwner => to_contact_owner(subject, plan, moment.now),
        Target::People { .. } | Target::Everybody => to_people(subject, plan, pool, moment, dice),
    };
    let spread = matches!(plan.target, Target::People { .. } | Target::Everybody);
    let way = Way {
        rule: plan.rule.clone(),
        distribution: spread.then_some(plan.distribution),
        skills: plan.skills.iter().map(|need| (need.skill.clone(), need.level)).collect(),
        dropped: plan.dropped.clone(),
        queued: matches!(decision.outcome, Outcome::Queued(_)),
    };
    Decision { way, ..decision }
}

fn left(reason: UnassignedReason, summary: &str) -> Decision {
    left_as(Outcome::LeftUnassigned(reason), summary.to_owned())
}

fn left_as(outcome: Outcome, summary: String) -> Decision {
    Decision {
        outcome,
        teams: BTreeSet::new(),
        candidates: Vec::new(),
        exclusions: BTreeMap::new(),
        tie_break: String::new(),
        summary,
        way: Way::default(),
    }
}

/// C-045 to C-048: each missing condition has its own reason, and there is no silent fallback.
fn to_contact_owner(subject: &Subject<'_>, plan: &Plan, now: Timestamp) -> Decision {
    use UnassignedReason as Why;
    let Some(contact) = subject.contact else {
        return left(Why::NoContact, "The sender is no known contact.");
    };
    let Some((owner, load, limits)) = subject.contact_owner else {
        return left(Why::NoOwner, "The contact has no owner.");
    };
    if !contact.tracked {
        return left(Why::NotTracked, "The contact is not tracked by a cookie.");
    }
    let standing = standing_blockers(owner, Named::Fully);
    let gone = away(owner, now).filter(|_| plan.available_only);
    let full = limits.reached(load, subject.group);
    let id = &owner.id;
    let (outcome, summary) = if !standing.is_empty() {
        (Some(Why::OwnerNotEligible), format!("{id}, the owner of the contact, may not receive tickets."))
    } else if gone.is_some() {
        (Some(Why::OwnerAway), format!("{id}, the owner of the contact, is away."))
    } else if full.is_some() {
        (Some(Why::AllAtCapacity), format!("{id}, the owner of the contact, has as many tickets as may be."))
    } else {
        (None, format!("Assigned to {id}, the owner of the contact."))
    };
    let outcome = outcome.map_or_else(|| Outcome::Assigned(id.clone()), Outcome::LeftUnassigned);
    let blockers: BTreeSet<_> = standing.into_iter().chain(gone).chain(full).collect();
    let rank = u32::from(blockers.is_empty());
    let exclusions = blockers.iter().map(|why| (*why, 1)).collect();
    let traced = TracedCandidate { user: id.clone(), blockers, open: load.open, last_auto: load.last_auto, rank };
    Decision { candidates: vec![traced], exclusions, ..left_as(outcome, summary) }
}

fn to_people(subject: &Subject<'_>, plan: &Plan, pool: &Pool, moment: Moment, dice: &mut impl Rng) -> Decision {
    // The few are looked up, not the many walked (R2); one may have let it go twice.
    let let_go = subject.except.iter().filter(|user| pool.has(user)).collect::<BTreeSet<_>>().len();
    let chosen = if moment.behind { None } else { choose(plan.distribution, pool, subject.except, moment, dice) };
    let (outcome, tie_break, summary) = if let Some(user) = chosen {
        let (tie_break, why) = settled(pool, plan.distribution, &user);
        let summary = format!("Assigned to {user}: {why}.");
        (Outcome::Assigned(user), tie_break, summary)
    } else {
        let (why, words) = if moment.behind {
            (UnassignedReason::AllAtCapacity, "Others wait before it.")
        } else {
            nobody(plan, pool, let_go)
        };
        let waits = plan.when_full == WhenFull::Queue;
        let outcome = if waits { Outcome::Queued(why) } else { Outcome::LeftUnassigned(why) };
        (outcome, "", format!("{words}{}", if waits { " It waits in order." } else { "" }))
    };
    // Of those in order, each who did not get it either let it go or, where nobody got it, has just had another one.
    let held = (!moment.behind && !matches!(outcome, Outcome::Assigned(_))).then_some(Ineligibility::Ramping);
    let mut exclusions = pool.exclusion_counts().clone();
    let counts = [(Some(Ineligibility::LetGo), let_go), (held, pool.len() - let_go)];
    for (why, count) in counts {
        if let (Some(why), Ok(count @ 1..)) = (why, u32::try_from(count)) {
            exclusions.insert(why, count);
        }
    }
    Decision {
        teams: plan.teams().iter().cloned().collect(),
        candidates: trace(pool, subject.except, held),
        exclusions,
        tie_break: tie_break.to_owned(),
        ..left_as(outcome, summary)
    }
}

/// Whether the ramp keeps somebody with this load from a further ticket of the backlog.
fn ramping(load: Load, moment: Moment) -> bool {
    let next = load.last_backlog.zip(moment.ramp).map(|(last, ramp)| last.plus(ramp));
    next.is_some_and(|next| moment.now < next)
}

fn choose(
    distribution: Distribution,
    pool: &Pool,
    except: &[UserId],
    moment: Moment,
    dice: &mut impl Rng,
) -> Option<UserId> {
    let ready = |user: &UserId| !except.contains(user) && !pool.load(user).is_some_and(|load| ramping(load, moment));
    match distribution {
        Distribution::Balanced => pool.ranked().map(|score| &score.user).find(|user| ready(user)).cloned(),
        Distribution::Random if moment.ramp.is_none() && except.is_empty() => {
            let members = pool.members();
            (!members.is_empty()).then(|| members[dice.random_range(0..members.len())].clone())
        }
        Distribution::Random => {
            let members: Vec<_> = pool.members().iter().filter(|user| ready(user)).collect();
            (!members.is_empty()).then(|| members[dice.random_range(0..members.len())].clone())
        }
    }
}

/// Why nobody could take it, of whom so many let it go: what is nearest to changing by itself comes first.
fn nobody(plan: &Plan, pool: &Pool, let_go: usize) -> (UnassignedReason, &'static str) {
    use Ineligibility as I;
    const AWAY: [Ineligibility; 4] = [I::Unavailable, I::OutsideHours, I::OutOfOffice, I::PresenceLost];
    if !pool.is_empty() && pool.len() == let_go {
        (UnassignedReason::Returned, "Whoever could take it has let it go.")
    } else if !pool.is_empty() {
        (UnassignedReason::AllAtCapacity, "Everybody who could take it has just taken another one.")
    } else if pool.somebody_full() {
        (UnassignedReason::AllAtCapacity, "Everybody of the target has as many tickets as may be.")
    } else if pool.only_for(&AWAY) {
        (UnassignedReason::NobodyAvailable, "Nobody of the target is available.")
    } else if !plan.skills.is_empty() && pool.only_for(&[AWAY[0], AWAY[1], AWAY[2], AWAY[3], I::Skill]) {
        (UnassignedReason::NoSkillMatch, "Nobody of the target has the skills.")
    } else {
        (UnassignedReason::NobodyEligible, "Nobody of the target may receive tickets.")
    }
}

/// What settled the choice of `user`: a code for machines and words for people.
fn settled(pool: &Pool, distribution: Distribution, user: &UserId) -> (&'static str, String) {
    let chosen = pool.load(user).unwrap_or_default();
    let open = chosen.open;
    if distribution == Distribution::Random {
        return ("random", format!("chosen at random among {}", pool.len()));
    }
    let mut others = pool.ranked().filter(|score| score.user != *user);
    match others.next() {
        Some(next) if next.open == open && next.last_auto == chosen.last_auto => {
            ("id", format!("fewest open tickets ({open}), longest without one, smallest id"))
        }
        Some(next) if next.open == open => {
            ("last_assignment", format!("fewest open tickets ({open}) and longest without a new one"))
        }
        Some(_) => ("open_tickets", format!("fewest open tickets ({open})")),
        None => ("only_candidate", "the only one who may".to_owned()),
    }
}

/// The first considered: the eligible in order, then the full, then the excluded. `held`: what kept those in order.
fn trace(pool: &Pool, except: &[UserId], held: Option<Ineligibility>) -> Vec<TracedCandidate> {
    let mut rank = 0;
    let eligible = pool.ranked().map(|score| {
        let why = if except.contains(&score.user) { Some(Ineligibility::LetGo) } else { held };
        rank += u32::from(why.is_none());
        TracedCandidate {
            user: score.user.clone(),
            blockers: why.into_iter().collect(),
            open: score.open,
            last_auto: score.last_auto,
            rank: if why.is_none() { rank } else { 0 },
        }
    });
    let full = pool.full().map(|(user, why)| traced(pool, user, BTreeSet::from([why])));
    let excluded = pool.excluded().map(|(user, blockers)| traced(pool, user, blockers.clone()));
    eligible.chain(full).chain(excluded).take(TRACED).collect()
}

fn traced(pool: &Pool, user: &UserId, blockers: BTreeSet<Ineligibility>) -> TracedCandidate {
    let load = pool.load(user).unwrap_or_default();
    TracedCandidate { user: user.clone(), blockers, open: load.open, last_auto: load.last_auto, rank: 0 }
}
