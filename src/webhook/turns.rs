//! How many calls of one account a receiver gets at a time (L-26).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::ids::AccountId;

/// Calls of one account that one host gets from a process at a time.
const AT_A_TIME: usize = 10;

/// An account and a host that it calls.
type Receiver = (AccountId, String);

/// The hosts that accounts call now.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    hosts: Arc<Mutex<HashMap<Receiver, Arc<Semaphore>>>>,
}

impl Turns {
    /// Waits at most for `patience` until `account` may call `host` once more; the turn ends with the value. None: none came.
    pub async fn take(&self, account: &AccountId, host: &str, patience: Duration) -> Option<OwnedSemaphorePermit> {
        timeout(patience, self.of(account, host).acquire_owned()).await.ok()?.ok()
    }

    fn of(&self, account: &AccountId, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // Whom nobody calls or waits for is forgotten.
        hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
        let key = (account.clone(), host.to_owned());
        hosts.entry(key).or_insert_with(|| Arc::new(Semaphore::new(AT_A_TIME))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_account_has_ten_calls_of_a_host_at_a_time_and_others_have_theirs() {
        let (turns, now) = (Turns::default(), Duration::ZERO);
        let (acme, rival) = (AccountId::stored("acme"), AccountId::stored("rival"));
        let mut taken = Vec::new();
        for _ in 0..AT_A_TIME {
            taken.push(turns.take(&acme, "a.example", now).await.expect("a turn"));
        }
        assert!(turns.take(&acme, "a.example", now).await.is_none());
        assert!(turns.take(&acme, "b.example", now).await.is_some());
        assert!(turns.take(&rival, "a.example", now).await.is_some());
        taken.pop();
        assert!(turns.take(&acme, "a.example", now).await.is_some());
        drop(taken);
        turns.of(&acme, "c.example");
        assert_eq!(turns.hosts.lock().expect("whole").len(), 1, "nobody calls the others any more");
    }

    #[tokio::test]
    async fn whoever_waits_gets_the_turn_that_ends() {
        let (turns, acme) = (Turns::default(), AccountId::stored("acme"));
        let mut taken = Vec::new();
        for _ in 0..AT_A_TIME {
            taken.push(turns.take(&acme, "a.example", Duration::ZERO).await.expect("a turn"));
        }
        let waits = turns.take(&acme, "a.example", Duration::from_hours(1));
        let ends = async {
            tokio::task::yield_now().await;
            taken.pop();
        };
        assert!(tokio::join!(waits, ends).0.is_some());
    }
}
