//! How many calls one receiver gets at a time (L-26).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls that one host gets from a process at a time.
const AT_A_TIME: usize = 10;

/// The hosts that are called now.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    hosts: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Turns {
    /// Waits until `host` may be called once more; the turn ends with the value. None: never, which does not happen.
    pub async fn take(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        self.of(host).acquire_owned().await.ok()
    }

    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // Whom nobody calls or waits for is forgotten.
        hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
        hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_A_TIME))).clone()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_host_has_ten_calls_at_a_time_and_others_have_theirs() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..AT_A_TIME {
            taken.push(turns.take("a.example").await);
        }
        assert!(turns.take("a.example").now_or_never().is_none());
        assert!(turns.take("b.example").now_or_never().is_some());
        taken.pop();
        assert!(turns.take("a.example").now_or_never().is_some());
        drop(taken);
        turns.of("c.example");
        assert_eq!(turns.hosts.lock().expect("whole").len(), 1, "nobody calls the others any more");
    }
}
