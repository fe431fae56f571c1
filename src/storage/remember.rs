//! Rows that are asked for with every call and change rarely, kept in memory where nobody else can change them.
//!
//! Only for a database that this process serves alone ([`super::Store::is_sole`]): every change then goes through a lane
//! of this process, which says so before it commits and after. From the one to the other nothing is answered from
//! memory and nothing is kept, so no call is told what a commit that others can see already has changed.

use std::collections::HashMap;
use std::fmt::{Debug, Formatter};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ids::AccountId;

/// Rows kept at most; beyond it the memory starts anew.
const MOST: usize = 10_000;

/// Rows of one kind, by account and key.
pub struct Memory<K, V> {
    known: Mutex<Known<K, V>>,
}

struct Known<K, V> {
    accounts: HashMap<AccountId, OfAccount<K, V>>,
    rows: usize,
}

struct OfAccount<K, V> {
    /// How often something was changed.
    changes: u64,
    /// Commits under way that change something.
    changing: u32,
    rows: HashMap<K, V>,
}

/// When a row was looked for in vain: only what is read after this moment may be kept.
#[derive(Debug, Clone, Copy)]
pub struct Since(u64);

impl<K, V> Default for OfAccount<K, V> {
    fn default() -> Self {
        Self { changes: 0, changing: 0, rows: HashMap::new() }
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self { known: Mutex::new(Known { accounts: HashMap::new(), rows: 0 }) }
    }
}

impl<K, V> Debug for Memory<K, V> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    /// The row, or since when it may be read to be kept.
    ///
    /// # Errors
    /// Not an error: the row is not known.
    pub fn find(&self, account: &AccountId, key: &K) -> Result<V, Since> {
        let known = self.lock();
        let Some(of_account) = known.accounts.get(account) else { return Err(Since(0)) };
        of_account.rows.get(key).cloned().ok_or(Since(of_account.changes))
    }

    /// Keeps a row that was read after `since`, unless something was changed meanwhile.
    pub fn keep(&self, account: &AccountId, key: K, value: V, since: Since) {
        let mut known = self.lock();
        if known.rows >= MOST {
            known.rows = 0;
            known.accounts.values_mut().for_each(|of_account| of_account.rows.clear());
        }
        let of_account = known.accounts.entry(account.clone()).or_default();
        if of_account.changing == 0 && of_account.changes == since.0 && of_account.rows.insert(key, value).is_none() {
            known.rows += 1;
        }
    }

    /// A commit that changes rows of the account begins: what was known is forgotten.
    pub fn changing(&self, account: &AccountId) {
        let mut known = self.lock();
        let of_account = known.accounts.entry(account.clone()).or_default();
        of_account.changing += 1;
        of_account.changes += 1;
        let gone = std::mem::take(&mut of_account.rows).len();
        known.rows = known.rows.saturating_sub(gone);
    }

    /// That commit is over, whatever became of it.
    pub fn changed(&self, account: &AccountId) {
        if let Some(of_account) = self.lock().accounts.get_mut(account) {
            of_account.changing = of_account.changing.saturating_sub(1);
            of_account.changes += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known<K, V>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> AccountId {
        AccountId::stored("acme")
    }

    fn since(memory: &Memory<u8, &'static str>, key: u8) -> Since {
        memory.find(&acme(), &key).expect_err("not known")
    }

    #[test]
    fn a_row_is_known_until_its_account_changes() {
        let memory = Memory::default();
        let (mine, other) = (since(&memory, 1), AccountId::stored("other"));
        memory.keep(&acme(), 1, "reader", mine);
        memory.keep(&other, 1, "stays", Since(0));
        assert_eq!(memory.find(&acme(), &1).ok(), Some("reader"));
        memory.changing(&acme());
        assert!(memory.find(&acme(), &1).is_err());
        memory.changed(&acme());
        assert!(memory.find(&acme(), &1).is_err());
        assert_eq!(memory.find(&other, &1).ok(), Some("stays"));
    }

    #[test]
    fn what_was_read_before_or_during_a_change_is_not_kept() {
        let memory = Memory::default();
        let before = since(&memory, 1);
        memory.changing(&acme());
        let during = since(&memory, 1);
        memory.keep(&acme(), 1, "read before", before);
        memory.keep(&acme(), 1, "read during", during);
        assert!(memory.find(&acme(), &1).is_err());
        memory.changed(&acme());
        memory.keep(&acme(), 1, "read before", before);
        memory.keep(&acme(), 1, "read during", during);
        let after = since(&memory, 1);
        memory.keep(&acme(), 1, "read after", after);
        assert_eq!(memory.find(&acme(), &1).ok(), Some("read after"));
    }

    #[test]
    fn it_stays_within_its_bound() {
        let memory = Memory::default();
        for key in 0..=MOST {
            memory.keep(&acme(), key, (), Since(0));
        }
        let known = memory.lock();
        assert_eq!(known.rows, 1);
        assert_eq!(known.accounts.values().map(|of_account| of_account.rows.len()).sum::<usize>(), 1);
    }
}
