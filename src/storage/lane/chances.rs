//! Who may be given a ticket, as a batch knows it, and whether somebody may have become free.

use super::world::World;
use crate::domain::ids::UserId;
use crate::domain::plan::Feature;
use crate::domain::routing::{Demand, Pool};

/// Pools that a lane keeps; each changed load goes through all of them.
const MOST_POOLS: usize = 256;

/// What had been done to people and loads at a moment: whether more was done since says whether somebody may have become
/// free.
#[derive(Debug)]
pub struct Pulse {
    people: Vec<usize>,
    freed: u64,
    limited: bool,
}

impl World {
    /// The candidates of a demand; made once and then kept in order, until somebody's hours begin or end.
    pub fn pool(&mut self, demand: &Demand) -> &Pool {
        let limited = self.account.includes(Feature::Capacity);
        if self.limited != limited {
            self.limited = limited;
            self.pools.clear();
        }
        if !self.pools.get(demand).is_some_and(|pool| pool.holds_at(self.now)) {
            let loads = &self.loads;
            let load_of = |user: &UserId| loads.get(user).copied().unwrap_or_default();
            let pool = self.people.pool(demand, self.now, |user| self.account.limits_of(user), load_of);
            if self.pools.len() >= MOST_POOLS {
                self.pools.clear();
            }
            self.pools.insert(demand.clone(), pool);
        }
        &self.pools[demand]
    }

    /// The present state of people and loads.
    pub fn pulse(&self) -> Pulse {
        let limited = self.account.includes(Feature::Capacity);
        Pulse { people: self.people.mark(), freed: self.freed, limited }
    }

    /// Whether since then people were changed, somebody has less to do, or nobody is limited any more.
    pub fn freed_since(&self, pulse: &Pulse) -> bool {
        let unlimited = pulse.limited && !self.account.includes(Feature::Capacity);
        self.freed != pulse.freed || unlimited || self.people.mark() != pulse.people
    }
}
