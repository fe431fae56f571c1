//! How many watch, and the tails they share (L-12).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::EventOptions;
use super::tail::Tail;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::service::grant::Grant;
use crate::storage::Store;
use crate::storage::read::events::Head;

/// How many may watch at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchLimits {
    /// Of one caller.
    pub per_caller: usize,
    /// Of one account.
    pub per_account: usize,
    /// Of this process.
    pub per_replica: usize,
}

impl Default for WatchLimits {
    fn default() -> Self {
        Self { per_caller: 20, per_account: 500, per_replica: 5_000 }
    }
}

/// The watchers of this replica.
#[derive(Debug)]
pub struct Watches {
    options: EventOptions,
    room: Arc<Mutex<Room>>,
}

#[derive(Debug, Default)]
struct Room {
    taken: usize,
    accounts: HashMap<AccountId, AccountRoom>,
}

#[derive(Debug, Default)]
struct AccountRoom {
    taken: usize,
    callers: HashMap<String, usize>,
    tail: Weak<Tail>,
}

/// The place of one watcher; given back when it is dropped.
#[derive(Debug)]
pub(in crate::service) struct Seat {
    room: Arc<Mutex<Room>>,
    account: AccountId,
    caller: String,
}

impl Watches {
    /// Nobody watches yet.
    pub fn new(options: EventOptions) -> Self {
        Self { options, room: Arc::default() }
    }

    /// How the log is kept and followed.
    pub fn options(&self) -> &EventOptions {
        &self.options
    }

    /// How many watch now.
    pub fn count(&self) -> usize {
        lock(&self.room).taken
    }

    /// Takes a place for the caller.
    pub(in crate::service) fn seat(&self, grant: &Grant) -> Result<Seat, Rejection> {
        let (account, caller) = (grant.account()?.clone(), grant.caller().key());
        let limits = self.options.limits;
        let mut room = lock(&self.room);
        let within = |quota, taken: usize, limit: usize| {
            if taken < limit { Ok(()) } else { Err(Rejection::Quota { quota, limit: limit as u64 }) }
        };
        within("watches_per_replica", room.taken, limits.per_replica)?;
        let of_account = room.accounts.get(&account);
        within("watches_per_account", of_account.map_or(0, |a| a.taken), limits.per_account)?;
        let of_caller = of_account.and_then(|a| a.callers.get(&caller)).copied().unwrap_or(0);
        within("watches_per_caller", of_caller, limits.per_caller)?;
        room.taken += 1;
        let entry = room.accounts.entry(account.clone()).or_default();
        entry.taken += 1;
        *entry.callers.entry(caller.clone()).or_default() += 1;
        drop(room);
        Ok(Seat { room: self.room.clone(), account, caller })
    }

    /// The tail of the account of `seat`, begun at `head` when nobody watches it yet.
    pub(super) fn tail(&self, seat: &Seat, store: &Store, head: Head) -> Arc<Tail> {
        let mut room = lock(&self.room);
        let entry = room.accounts.entry(seat.account.clone()).or_default();
        if let Some(tail) = entry.tail.upgrade() {
            return tail;
        }
        let tail = Arc::new(Tail::new(store.clone(), seat.account.clone(), &self.options, head));
        entry.tail = Arc::downgrade(&tail);
        tail
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut room = lock(&self.room);
        room.taken -= 1;
        let Some(entry) = room.accounts.get_mut(&self.account) else { return };
        entry.taken -= 1;
        if let Some(count) = entry.callers.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                entry.callers.remove(&self.caller);
            }
        }
        if entry.taken == 0 {
            room.accounts.remove(&self.account);
        }
    }
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watches(per_caller: usize, per_account: usize, per_replica: usize) -> Watches {
        let limits = WatchLimits { per_caller, per_account, per_replica };
        Watches::new(EventOptions { limits, ..EventOptions::default() })
    }

    fn refused(result: Result<Seat, Rejection>) -> &'static str {
        match result {
            Err(Rejection::Quota { quota, .. }) => quota,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn places_are_limited_per_caller_account_and_replica_and_given_back() {
        let (mia, noah) = ("mia", "noah");
        let grant = |account: &'static str, who| Grant::system(AccountId::stored(account), who);
        let watches = watches(2, 3, 4);
        let first = watches.seat(&grant("acme", mia)).expect("room");
        let _second = watches.seat(&grant("acme", mia)).expect("room");
        assert_eq!(refused(watches.seat(&grant("acme", mia))), "watches_per_caller");
        let _third = watches.seat(&grant("acme", noah)).expect("room");
        assert_eq!(refused(watches.seat(&grant("acme", noah))), "watches_per_account");
        let _fourth = watches.seat(&grant("other", mia)).expect("room");
        assert_eq!(refused(watches.seat(&grant("third", mia))), "watches_per_replica");
        drop(first);
        assert_eq!(watches.count(), 3);
        assert!(watches.seat(&grant("acme", mia)).is_ok());
    }
}
