//! How much of a process one account may have: whoever has much to do, or is slow, leaves room for others (T-31, L-23).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::ids::AccountId;

/// The turns that accounts have in this process now.
#[derive(Debug, Clone, Default)]
pub(super) struct Shares {
    turns: Arc<Mutex<HashMap<AccountId, usize>>>,
    /// One worker at a time looks for an account, so that two do not give it the same last turn.
    looking: Arc<tokio::sync::Mutex<()>>,
}

/// A turn of an account; it ends with the value.
#[derive(Debug)]
pub(super) struct Turn {
    shares: Shares,
    account: AccountId,
}

/// How many turns an account may have at a time: a quarter, and at least one.
pub(super) fn most(workers: usize) -> usize {
    (workers / 4).max(1)
}

impl Shares {
    /// Waits until nobody else looks.
    pub async fn look(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.looking.clone().lock_owned().await
    }

    /// The accounts that have `most` turns already.
    pub fn busy(&self, most: usize) -> Vec<AccountId> {
        self.lock().iter().filter(|(_, turns)| **turns >= most).map(|(account, _)| account.clone()).collect()
    }

    /// Counts a turn.
    pub fn begin(&self, account: &AccountId) -> Turn {
        *self.lock().entry(account.clone()).or_default() += 1;
        Turn { shares: self.clone(), account: account.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.shares.lock();
        if let Some(left) = turns.get_mut(&self.account) {
            *left -= 1;
            if *left == 0 {
                turns.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_quarter_and_gives_it_back() {
        assert_eq!([1, 4, 7, 8, 256].map(most), [1, 1, 1, 2, 64]);
        let (shares, account) = (Shares::default(), AccountId::stored("acme"));
        let first = shares.begin(&account);
        assert_eq!((shares.busy(2).len(), shares.busy(1)), (0, vec![account.clone()]));
        let second = shares.begin(&account);
        assert_eq!(shares.busy(2), [account]);
        drop(second);
        assert_eq!(shares.busy(2), []);
        drop(first);
        assert!(shares.lock().is_empty());
    }
}
