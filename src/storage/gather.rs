//! One statement for everybody who asks the same question at the same time.
//!
//! A call that reads one row by its key costs the database a round trip, and on SQLite two changes of thread, however
//! small the row. So the first who asks reads at once; who asks while that statement is under way waits for the next
//! one, which reads for all of them. A key joins a statement only before it begins: nobody is told what was true before
//! the call. Who is alone waits for nobody.

use std::collections::{HashMap, VecDeque};
use std::fmt::{Debug, Formatter};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::StoreError;

/// Keys of one statement.
const MOST: usize = 64;
/// Statements at the same time.
const ABREAST: usize = 2;

/// Readers of one kind of row.
pub struct Gather<K, V> {
    queue: Arc<Mutex<Queue<K, V>>>,
}

struct Queue<K, V> {
    waiting: VecDeque<Waiting<K, V>>,
    leaders: usize,
}

struct Waiting<K, V> {
    key: K,
    tell: oneshot::Sender<Told<K, V>>,
}

enum Told<K, V> {
    Found(Option<V>),
    Failed(Arc<StoreError>),
    Lead(Lead<K, V>),
}

/// The right and the duty to read for those who wait. Whoever drops it, in whatever way, hands it on.
struct Lead<K, V> {
    /// Nothing once it was handed on.
    queue: Option<Arc<Mutex<Queue<K, V>>>>,
}

enum Turn<K, V> {
    Lead(Lead<K, V>),
    Wait(oneshot::Receiver<Told<K, V>>),
}

impl<K, V> Default for Gather<K, V> {
    fn default() -> Self {
        Self { queue: Arc::new(Mutex::new(Queue { waiting: VecDeque::new(), leaders: 0 })) }
    }
}

impl<K, V> Debug for Gather<K, V> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gather")
    }
}

fn lock<K, V>(queue: &Mutex<Queue<K, V>>) -> MutexGuard<'_, Queue<K, V>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V: Clone> Gather<K, V> {
    /// The row of `key`, by a statement of `read` that may find the rows of others too.
    ///
    /// # Errors
    /// Those of `read`, told to everybody it read for.
    pub async fn one<F: Future<Output = Result<HashMap<K, V>, StoreError>>>(
        &self,
        key: K,
        read: impl Fn(Vec<K>) -> F,
    ) -> Result<Option<V>, StoreError> {
        loop {
            let lead = match self.enter(&key) {
                Turn::Lead(lead) => lead,
                Turn::Wait(answer) => match answer.await {
                    Ok(Told::Found(row)) => return Ok(row),
                    Ok(Told::Failed(error)) => return Err(StoreError::Shared(error)),
                    Ok(Told::Lead(lead)) => lead,
                    // Who read for this call went away with the statement: ask again.
                    Err(_) => continue,
                },
            };
            return lead.read(key, read).await;
        }
    }

    fn enter(&self, key: &K) -> Turn<K, V> {
        let mut queue = lock(&self.queue);
        if queue.leaders < ABREAST {
            queue.leaders += 1;
            return Turn::Lead(Lead { queue: Some(self.queue.clone()) });
        }
        let (tell, answer) = oneshot::channel();
        queue.waiting.push_back(Waiting { key: key.clone(), tell });
        Turn::Wait(answer)
    }
}

impl<K, V> Lead<K, V> {
    /// Those who share the next statement.
    fn take(&self) -> Vec<Waiting<K, V>> {
        let Some(queue) = &self.queue else { return Vec::new() };
        let mut queue = lock(queue);
        let count = queue.waiting.len().min(MOST - 1);
        queue.waiting.drain(..count).filter(|other| !other.tell.is_closed()).collect()
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Lead<K, V> {
    async fn read<F: Future<Output = Result<HashMap<K, V>, StoreError>>>(
        self,
        own: K,
        read: impl Fn(Vec<K>) -> F,
    ) -> Result<Option<V>, StoreError> {
        let others = self.take();
        let mut keys: Vec<K> = others.iter().map(|other| other.key.clone()).collect();
        keys.push(own.clone());
        // Who went away meanwhile has no use for what is sent.
        match read(keys).await {
            Ok(mut rows) => {
                for Waiting { key, tell } in others {
                    let _ = tell.send(Told::Found(rows.get(&key).cloned()));
                }
                Ok(rows.remove(&own))
            }
            Err(error) => {
                let error = Arc::new(error);
                for Waiting { tell, .. } in others {
                    let _ = tell.send(Told::Failed(error.clone()));
                }
                Err(StoreError::Shared(error))
            }
        }
    }
}

impl<K, V> Drop for Lead<K, V> {
    fn drop(&mut self) {
        let Some(shared) = self.queue.take() else { return };
        loop {
            let mut queue = lock(&shared);
            let Some(next) = queue.waiting.pop_front() else {
                queue.leaders -= 1;
                return;
            };
            drop(queue);
            match next.tell.send(Told::Lead(Self { queue: Some(shared.clone()) })) {
                Ok(()) => return,
                // It went away: the next one, by this loop and not by the lead that came back.
                Err(Told::Lead(mut back)) => drop(back.queue.take()),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt, future::join_all, poll};
    use tokio::sync::Semaphore;

    use super::*;

    /// A table of squares that answers when it is allowed to.
    struct Squares {
        gather: Gather<i64, i64>,
        allowed: Semaphore,
        statements: AtomicUsize,
        broken: bool,
    }

    impl Squares {
        fn new(allowed: usize) -> Self {
            let gather = Gather::default();
            Self { gather, allowed: Semaphore::new(allowed), statements: AtomicUsize::new(0), broken: false }
        }

        async fn of(&self, key: i64) -> Result<Option<i64>, StoreError> {
            self.gather
                .one(key, |keys| async {
                    self.statements.fetch_add(1, Ordering::SeqCst);
                    self.allowed.acquire().await.expect("never closed").forget();
                    if self.broken {
                        return Err(StoreError::TimedOut);
                    }
                    Ok(keys.into_iter().filter(|key| *key >= 0).map(|key| (key, key * key)).collect())
                })
                .await
        }
    }

    #[tokio::test]
    async fn everybody_gets_the_own_row_and_few_statements_are_needed() {
        let squares = Squares::new(Semaphore::MAX_PERMITS);
        let found = join_all((0..100).map(|key| squares.of(key % 50))).await;
        for (asked, found) in found.into_iter().enumerate() {
            let key = i64::try_from(asked % 50).expect("small");
            assert_eq!(found.expect("found"), Some(key * key));
        }
        assert_eq!(squares.of(-1).await.expect("answered"), None, "nobody's row is nothing");
        assert!(squares.statements.load(Ordering::SeqCst) <= 101);
    }

    #[tokio::test]
    async fn who_comes_while_statements_are_under_way_shares_the_next_one() {
        let squares = Squares::new(0);
        let mut calls: Vec<_> = (0..42).map(|key| Box::pin(squares.of(key))).collect();
        for call in &mut calls {
            assert!(poll!(call.as_mut()).is_pending());
        }
        assert_eq!(squares.statements.load(Ordering::SeqCst), ABREAST);
        squares.allowed.add_permits(1_000);
        assert!(join_all(calls).await.into_iter().all(|found| found.is_ok_and(|row| row.is_some())));
        assert!(squares.statements.load(Ordering::SeqCst) <= ABREAST + 2, "40 keys in at most two more");
    }

    #[tokio::test]
    async fn a_reader_who_goes_away_leaves_nobody_waiting() {
        let squares = Squares::new(0);
        let mut calls: Vec<_> = (0..10).map(|key| Box::pin(squares.of(key))).collect();
        for call in &mut calls {
            assert!(poll!(call.as_mut()).is_pending());
        }
        // Both who read, and one who waits; then one who was told to lead and never looked.
        calls.drain(..ABREAST + 1);
        let told = calls.remove(0);
        drop(told);
        squares.allowed.add_permits(1_000);
        for call in calls {
            assert!(call.await.is_ok_and(|row| row.is_some()));
        }
        assert_eq!(lock(&squares.gather.queue).leaders, 0);
        assert!(squares.of(7).now_or_never().is_some(), "the next one reads at once");
    }

    #[tokio::test]
    async fn an_error_is_told_to_everybody_it_concerns() {
        let mut squares = Squares::new(1_000);
        squares.broken = true;
        let found = join_all((0..20).map(|key| squares.of(key))).await;
        assert!(found.into_iter().all(|found| found.is_err_and(|error| error.is_unavailable())));
    }
}
