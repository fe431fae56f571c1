//! Rows behind credentials, remembered where that can be no different from reading them.
//!
//! Every call asks who its caller is now (A3). With SQLite the database lives in this process, so this process knows
//! when such a row may have changed: each commit that touches people or configuration ends a generation, and what was
//! read in an earlier one is read again. On PostgreSQL other replicas write too, and nothing is remembered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::ids::AccountId;

/// Callers remembered at most; beyond it all are forgotten and asked for again.
const MOST: usize = 4_096;

/// Nothing is believed for longer: a batch that was given up may still commit, unseen, a moment later.
const LONGEST: Duration = Duration::from_secs(1);

/// The present generation of people and configuration, over all accounts: they change seldom.
#[derive(Debug, Clone, Default)]
pub struct Generation(Arc<AtomicU64>);

impl Generation {
    /// People or configuration were changed; told after the commit and before its caller is answered.
    pub fn end(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What was read of one kind of caller.
#[derive(Debug)]
pub struct Remembered<T> {
    entries: Mutex<HashMap<(AccountId, String), Entry<T>>>,
}

#[derive(Debug)]
struct Entry<T> {
    generation: u64,
    read: Instant,
    rows: T,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<T: Clone> Remembered<T> {
    /// What is remembered of a caller, or else what `read` finds; who is not found is not remembered.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn now_or_read<E>(
        &self,
        generation: &Generation,
        caller: (&AccountId, &str),
        read: impl Future<Output = Result<Option<T>, E>>,
    ) -> Result<Option<T>, E> {
        self.or_read(generation, caller, Instant::now(), read).await
    }

    async fn or_read<E>(
        &self,
        generation: &Generation,
        caller: (&AccountId, &str),
        now: Instant,
        read: impl Future<Output = Result<Option<T>, E>>,
    ) -> Result<Option<T>, E> {
        let key = (caller.0.clone(), caller.1.to_owned());
        // Taken before the read: a commit during it makes what was read useless, not wrong.
        let present = generation.now();
        if let Some(entry) = self.lock().get(&key)
            && entry.generation == present
            && now - entry.read < LONGEST
        {
            return Ok(Some(entry.rows.clone()));
        }
        let found = read.await?;
        if let Some(rows) = &found {
            let mut entries = self.lock();
            if entries.len() >= MOST {
                entries.clear();
            }
            entries.insert(key, Entry { generation: present, read: now, rows: rows.clone() });
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AccountId, String), Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    async fn ask(kept: &Remembered<u8>, generation: &Generation, now: Instant, stored: u8) -> Option<u8> {
        let acme = AccountId::stored("acme");
        let read = async { Ok::<_, Infallible>(Some(stored)) };
        match kept.or_read(generation, (&acme, "mia"), now, read).await {
            Ok(found) => found,
            Err(never) => match never {},
        }
    }

    #[tokio::test]
    async fn a_caller_is_read_again_after_any_change_and_after_a_second() {
        let (kept, generation, now) = (Remembered::default(), Generation::default(), Instant::now());
        assert_eq!(ask(&kept, &generation, now, 1).await, Some(1));
        assert_eq!(ask(&kept, &generation, now, 2).await, Some(1), "nothing changed");
        generation.end();
        assert_eq!(ask(&kept, &generation, now, 3).await, Some(3));
        assert_eq!(ask(&kept, &generation, now + LONGEST, 4).await, Some(4));
    }

    #[tokio::test]
    async fn what_was_read_while_something_changed_is_not_believed() {
        let (kept, generation, now) = (Remembered::default(), Generation::default(), Instant::now());
        let acme = AccountId::stored("acme");
        let overtaken = async {
            generation.end();
            Ok::<_, Infallible>(Some(1))
        };
        assert_eq!(kept.or_read(&generation, (&acme, "mia"), now, overtaken).await, Ok(Some(1)));
        assert_eq!(ask(&kept, &generation, now, 2).await, Some(2));
    }
}
