//! Who wants to hear of commits of this replica: hints, never the news itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

type Accounts = HashMap<AccountId, watch::Sender<u64>>;

/// Tells commits to those who wait for them, each account apart: a busy one wakes nobody of another.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    all: watch::Sender<u64>,
    /// When the next job is due that a batch asked to be waked for.
    due: watch::Sender<Timestamp>,
    accounts: Arc<Mutex<Accounts>>,
}

impl Hints {
    /// Changes whenever anything commits.
    pub fn all(&self) -> watch::Receiver<u64> {
        self.all.subscribe()
    }

    /// Changes whenever something of `account` commits.
    pub fn of(&self, account: &AccountId) -> watch::Receiver<u64> {
        self.lock().entry(account.clone()).or_default().subscribe()
    }

    /// Changes whenever a batch asks for a job that is due sooner; says when that is.
    pub fn due(&self) -> watch::Receiver<Timestamp> {
        self.due.subscribe()
    }

    /// A batch of `now` asked for a job at `due`.
    pub fn wake(&self, now: Timestamp, due: Timestamp) {
        // One that is still to come is not forgotten for a later one.
        self.due.send_modify(|soonest| *soonest = if *soonest > now { due.min(*soonest) } else { due });
    }

    /// Something of `account` was committed.
    pub fn committed(&self, account: &AccountId) {
        self.all.send_modify(|count| *count += 1);
        let mut accounts = self.lock();
        match accounts.get(account) {
            Some(sender) if sender.receiver_count() == 0 => drop(accounts.remove(account)),
            Some(sender) => sender.send_modify(|count| *count += 1),
            None => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_wakes_its_own_account_alone_and_nobody_is_remembered_who_went_away() {
        let hints = Hints::default();
        let (acme, other) = (AccountId::stored("acme"), AccountId::stored("other"));
        let (mut of_acme, mut of_other, mut of_all) = (hints.of(&acme), hints.of(&other), hints.all());
        hints.committed(&acme);
        let changed = |receiver: &mut watch::Receiver<u64>| receiver.has_changed().expect("the sender lives");
        assert_eq!([&mut of_acme, &mut of_other, &mut of_all].map(changed), [true, false, true]);
        drop(of_other);
        hints.committed(&other);
        assert_eq!(hints.lock().len(), 1);
    }
}
