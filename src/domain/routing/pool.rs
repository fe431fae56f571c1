//! The candidates of one demand, kept in the order in which they would be chosen.
//!
//! A pool is judged once and then only moved: a changed load costs one step of a tree, whatever the number of people,
//! and whoever reaches a limit leaves the order until there is room again (R2).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Candidate, Capacity, CapacityGroup, Ineligibility, Load};
use crate::domain::ids::UserId;
use crate::domain::time::Timestamp;

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

/// The candidates of one demand in the order of [`Score`], with the excluded ones counted.
#[derive(Debug, Clone)]
pub struct Pool {
    group: CapacityGroup,
    /// Until when the judgement holds by itself: somebody's hours begin or end then.
    good_until: Option<Timestamp>,
    ranked: BTreeSet<Score>,
    members: Vec<UserId>,
    people: HashMap<UserId, (Load, Capacity)>,
    full: BTreeMap<UserId, Ineligibility>,
    excluded: BTreeMap<UserId, BTreeSet<Ineligibility>>,
    counts: BTreeMap<Ineligibility, u32>,
}

impl Pool {
    /// Orders `candidates` by their loads.
    pub fn new(
        group: CapacityGroup,
        candidates: impl IntoIterator<Item = Candidate>,
        load_of: impl Fn(&UserId) -> Load,
    ) -> Self {
        let mut pool = Self::empty(group);
        for Candidate { user, blockers, capacity } in candidates {
            if blockers.is_empty() {
                let load = load_of(&user);
                if pool.people.insert(user.clone(), (load, capacity)).is_none() {
                    pool.place(&user, load, capacity, false);
                }
            } else {
                pool.exclude(user, blockers);
            }
        }
        pool.members.sort();
        pool
    }

    /// A pool of nobody.
    pub fn empty(group: CapacityGroup) -> Self {
        Self {
            group,
            good_until: None,
            ranked: BTreeSet::new(),
            members: Vec::new(),
            people: HashMap::new(),
            full: BTreeMap::new(),
            excluded: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The same, good until somebody's hours begin or end.
    #[must_use]
    pub fn until(self, good_until: Option<Timestamp>) -> Self {
        Self { good_until, ..self }
    }

    /// Whether the judgement still holds.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.good_until.is_none_or(|until| now < until)
    }

    /// Puts somebody into the order, or among the full. `sorted`: the list of members is in order already.
    fn place(&mut self, user: &UserId, load: Load, capacity: Capacity, sorted: bool) {
        if let Some(why) = capacity.reached(load, self.group) {
            self.full.insert(user.clone(), why);
            *self.counts.entry(why).or_default() += 1;
            return;
        }
        self.ranked.insert(score(user, load));
        match self.members.binary_search(user) {
            Err(index) if sorted => self.members.insert(index, user.clone()),
            _ if !sorted => self.members.push(user.clone()),
            _ => {}
        }
    }

    /// Takes somebody out of the order, or from among the full.
    fn displace(&mut self, user: &UserId, load: Load) {
        if let Some(why) = self.full.remove(user) {
            if let Some(count) = self.counts.get_mut(&why) {
                *count -= 1;
            }
            self.counts.retain(|_, count| *count > 0);
        } else {
            self.ranked.remove(&score(user, load));
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
        let Some((old, capacity)) = self.people.get_mut(user) else { return };
        let (before, capacity) = (std::mem::replace(old, load), *capacity);
        let (was, is) = (capacity.reached(before, self.group), capacity.reached(load, self.group));
        self.displace(user, before);
        if was.is_none()
            && is.is_some()
            && let Ok(index) = self.members.binary_search(user)
        {
            self.members.remove(index);
        }
        self.place(user, load, capacity, true);
    }

    /// Candidates in balanced order.
    pub fn ranked(&self) -> impl Iterator<Item = &Score> {
        self.ranked.iter()
    }

    /// Candidates in the order of ids: for random distribution (C-042).
    pub fn members(&self) -> &[UserId] {
        &self.members
    }

    /// Whether somebody may be chosen.
    pub fn has(&self, user: &UserId) -> bool {
        self.members.binary_search(user).is_ok()
    }

    /// How many may be chosen.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody may be chosen.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether somebody may be chosen but for a limit.
    pub fn somebody_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// Whether somebody would be eligible but for one of these reasons alone.
    pub fn only_for(&self, reasons: &[Ineligibility]) -> bool {
        self.excluded.values().any(|why| why.iter().all(|why| reasons.contains(why)))
    }

    /// The load of a candidate, eligible or full.
    pub fn load(&self, user: &UserId) -> Option<Load> {
        self.people.get(user).map(|(load, _)| *load)
    }

    /// Those who have reached a limit, by id.
    pub fn full(&self) -> impl Iterator<Item = (&UserId, Ineligibility)> {
        self.full.iter().map(|(user, why)| (user, *why))
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
