//! The candidates of one target, kept in the order in which they would be chosen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Ineligibility;
use crate::domain::access::{Level, Seat};
use crate::domain::ids::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserState};

/// How much a user has: open tickets they own (C-040), and when they last got one automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Open tickets owned.
    pub open: i64,
    /// Last automatic assignment; none yet sorts first (C-039).
    pub last_auto: Option<Timestamp>,
}

/// The order of balanced distribution (R-129, C-039). The field order is the policy; the id makes it total.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// Fewest open tickets first.
    pub open: i64,
    /// Longest since the last automatic assignment first; never assigned before all others.
    pub last_auto: Option<Timestamp>,
    /// Smallest id first.
    pub user: UserId,
}

/// What a person brings to a decision, apart from the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub user: UserId,
    /// Why not, every reason; empty for one who may be chosen.
    pub blockers: BTreeSet<Ineligibility>,
}

/// One person judged against a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// May receive.
    Eligible,
    /// May not, and why.
    Blocked(BTreeSet<Ineligibility>),
}

/// Judges one person against the hard constraints (R-088 to, C-050).
///
/// `named`: named directly or through the main team. `extra`: through an additional team only.
pub fn verdict(user: &User, named: bool, extra: bool, available_only: bool) -> Verdict {
    let checks = [
        (user.state != UserState::Active, Ineligibility::Deactivated),
        (user.seat != Seat::Service, Ineligibility::Seat),
        (!user.super_admin && user.view.level < Level::Owned, Ineligibility::NoTicketAccess),
        (!named && extra, Ineligibility::ExtraMember),
        (!named && !extra, Ineligibility::NotInTarget),
        (available_only && !user.available, Ineligibility::Unavailable),
    ];
    let blockers: BTreeSet<_> = checks.into_iter().filter_map(|(hit, why)| hit.then_some(why)).collect();
    if blockers.is_empty() { Verdict::Eligible } else { Verdict::Blocked(blockers) }
}

/// The candidates of one target in the order of [`Score`], with the excluded ones counted.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    ranked: BTreeSet<Score>,
    members: Vec<UserId>,
    loads: HashMap<UserId, Load>,
    excluded: BTreeMap<UserId, BTreeSet<Ineligibility>>,
    counts: BTreeMap<Ineligibility, u32>,
}

impl Pool {
    /// Orders `candidates` by their loads.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>, load_of: impl Fn(&UserId) -> Load) -> Self {
        let mut pool = Self::default();
        for Candidate { user, blockers } in candidates {
            if blockers.is_empty() {
                pool.admit(user, &load_of);
            } else {
                pool.exclude(user, blockers);
            }
        }
        pool.members.sort();
        pool
    }

    fn admit(&mut self, user: UserId, load_of: &impl Fn(&UserId) -> Load) {
        let load = load_of(&user);
        if self.loads.insert(user.clone(), load).is_none() {
            self.ranked.insert(score(&user, load));
            self.members.push(user);
        }
    }

    fn exclude(&mut self, user: UserId, blockers: BTreeSet<Ineligibility>) {
        for why in &blockers {
            *self.counts.entry(*why).or_default() += 1;
        }
        self.excluded.insert(user, blockers);
    }

    /// Moves `user` to its new place; nothing when the user is no candidate.
    pub fn reload(&mut self, user: &UserId, load: Load) {
        if let Some(old) = self.loads.get_mut(user) {
            self.ranked.remove(&score(user, *old));
            *old = load;
            self.ranked.insert(score(user, load));
        }
    }

    /// Candidates in balanced order.
    pub fn ranked(&self) -> impl Iterator<Item = &Score> {
        self.ranked.iter()
    }

    /// The candidate at `index` in the order of ids: for random distribution (C-042).
    pub fn at(&self, index: usize) -> Option<&UserId> {
        self.members.get(index)
    }

    /// How many may be chosen.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody may be chosen.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether somebody would be eligible but for availability.
    pub fn somebody_away(&self) -> bool {
        let only_away = BTreeSet::from([Ineligibility::Unavailable]);
        self.excluded.values().any(|why| *why == only_away)
    }

    /// The load of a candidate.
    pub fn load(&self, user: &UserId) -> Option<Load> {
        self.loads.get(user).copied()
    }

    /// The excluded, by id.
    pub fn excluded(&self) -> impl Iterator<Item = (&UserId, &BTreeSet<Ineligibility>)> {
        self.excluded.iter()
    }

    /// How often each reason excluded somebody.
    pub fn exclusion_counts(&self) -> &BTreeMap<Ineligibility, u32> {
        &self.counts
    }
}

fn score(user: &UserId, load: Load) -> Score {
    Score { open: load.open, last_auto: load.last_auto, user: user.clone() }
}
