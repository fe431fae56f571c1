//! Lanes: every change of an account goes through the account's own, one batch after another (`docs/ARCHITECTURE.md`).
//!
//! A lane takes the operations that wait, loads what all of them need, lets each decide on the same picture, writes
//! everything with one statement per table, commits once, and answers. A caller who goes away drops an operation that
//! still waits and never stops one that has begun, because the batch runs in a task of the lane.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

mod content;
mod engine;
mod expunge;
mod flush;
mod flush_life;
mod keys;
mod load;
mod load_life;
mod lookup;
mod operation;
mod people;
mod table;
mod world;

pub use content::{Content, ContentKeys};
pub use expunge::{OF_CONVERSATION, OF_TICKET};
pub use keys::{Keys, RequestKey};
pub use operation::{Answer, Effect, EffectKind, Encoder, Operation, Session, Warning, WriteContext, Written};
pub use people::People;
pub use world::{Expunged, NewJob, World};

use engine::Batch;
use operation::{Pending, Work};
use world::LaneMemory;

use super::Store;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;

/// Operations in one batch at most (W7).
const BATCH: usize = 64;
/// A batch that takes longer is given up; the statements inside have shorter limits of their own (L-21).
const BATCH_TIME: Duration = Duration::from_secs(10);
/// Operations that may wait for one account; beyond it callers are turned away (W8).
const QUEUE: usize = 2_048;
/// Accounts whose lane is remembered while idle.
const REMEMBERED: usize = 256;

/// The way to change anything.
#[derive(Debug, Clone)]
pub struct Lanes {
    shared: Arc<Shared>,
}

struct Shared {
    lanes: Mutex<HashMap<AccountId, Lane>>,
    ready: mpsc::UnboundedSender<AccountId>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lanes")
    }
}

#[derive(Default)]
struct Lane {
    queue: VecDeque<Box<dyn Pending>>,
    running: bool,
    memory: Option<LaneMemory>,
}

type Ready = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<AccountId>>>;

impl Lanes {
    /// Lanes over `store`, worked off by tasks that `spawn` starts: one on SQLite, one per write connection on PostgreSQL.
    pub fn start(store: &Store, spawn: impl Fn(futures_util::future::BoxFuture<'static, ()>)) -> Self {
        let (ready, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { lanes: Mutex::new(HashMap::new()), ready });
        let queue: Ready = Arc::new(tokio::sync::Mutex::new(queue));
        for _ in 0..store.writers() {
            let worker = Worker { store: store.clone(), shared: Arc::downgrade(&shared), queue: queue.clone() };
            spawn(Box::pin(worker.run()));
        }
        Self { shared }
    }

    /// Runs `operation` in the lane of `account` and waits for it to be stored.
    ///
    /// # Errors
    /// What the operation was refused for; [`Rejection::Overloaded`] when too much waits.
    pub async fn submit<O: Operation, R: Send + 'static>(
        &self,
        account: &AccountId,
        operation: O,
        context: WriteContext,
        encoder: Encoder<O::Outcome, R>,
    ) -> Result<Answer<R>, Rejection> {
        let (reply, answer) = oneshot::channel();
        let span = tracing::Span::current();
        let work = Work { operation, context, encoder, reply, verdict: None, wrote: false, span };
        self.enqueue(account, Box::new(work))?;
        answer.await.unwrap_or(Err(Rejection::StorageUnavailable { unknown: true }))
    }

    fn enqueue(&self, account: &AccountId, work: Box<dyn Pending>) -> Result<(), Rejection> {
        let mut lanes = self.shared.lock();
        let lane = lanes.entry(account.clone()).or_default();
        if lane.queue.len() >= QUEUE {
            return Err(Rejection::Overloaded);
        }
        lane.queue.push_back(work);
        if !std::mem::replace(&mut lane.running, true) {
            self.shared.ready.send(account.clone()).map_err(|_| Rejection::Draining)?;
        }
        Ok(())
    }

    /// How many operations wait, over all accounts.
    pub fn waiting(&self) -> usize {
        self.shared.lock().values().map(|lane| lane.queue.len()).sum()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Lane>> {
        self.lanes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes what waits for `account`, leaving out what nobody waits for any more.
    fn take(&self, account: AccountId) -> Batch {
        let now = Instant::now();
        let mut lanes = self.lock();
        let lane = lanes.entry(account.clone()).or_default();
        let mut operations = Vec::new();
        while operations.len() < BATCH
            && let Some(next) = lane.queue.pop_front()
        {
            match next.expired(now) {
                Some(rejection) => next.finish(Some(rejection)),
                None => operations.push(next),
            }
        }
        Batch { account, operations, memory: lane.memory.take() }
    }

    /// Gives the lanes back, and their memory; what waits meanwhile makes them ready again.
    fn give_back(&self, accounts: Vec<AccountId>, mut kept: HashMap<AccountId, LaneMemory>) {
        let mut lanes = self.lock();
        for account in accounts {
            let Some(lane) = lanes.get_mut(&account) else { continue };
            lane.memory = kept.remove(&account);
            lane.running = !lane.queue.is_empty();
            if lane.running {
                // The receiver lives as long as its workers do; without them nobody waits.
                let _ = self.ready.send(account);
            }
        }
        if lanes.len() > REMEMBERED {
            lanes.retain(|_, lane| lane.running);
        }
    }
}

struct Worker {
    store: Store,
    shared: std::sync::Weak<Shared>,
    queue: Ready,
}

impl Worker {
    async fn run(self) {
        loop {
            let accounts = self.next().await;
            let Some(shared) = self.shared.upgrade().filter(|_| !accounts.is_empty()) else { return };
            let batches: Vec<Batch> = accounts.iter().cloned().map(|account| shared.take(account)).collect();
            let (busy, idle): (Vec<_>, Vec<_>) = batches.into_iter().partition(|batch| !batch.operations.is_empty());
            let mut kept: HashMap<_, _> =
                idle.into_iter().filter_map(|batch| Some((batch.account, batch.memory?))).collect();
            if !busy.is_empty() {
                kept.extend(self.commit(busy).await);
            }
            shared.give_back(accounts, kept);
        }
    }

    /// Runs batches within their time. One that takes longer, or that a mistake of ours ends, leaves its callers with an
    /// unknown outcome and the lanes ready for the next; the request id decides a retry.
    async fn commit(&self, busy: Vec<Batch>) -> HashMap<AccountId, LaneMemory> {
        let run = AssertUnwindSafe(engine::run(&self.store, busy)).catch_unwind();
        match tokio::time::timeout(BATCH_TIME, run).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) => {
                tracing::error!("a batch panicked outside of its operations");
                HashMap::new()
            }
            Err(_) => {
                tracing::error!("a batch took longer than it may and was given up");
                HashMap::new()
            }
        }
    }

    /// Accounts with work: one, or on SQLite all that are ready, so that they commit together (W8).
    async fn next(&self) -> Vec<AccountId> {
        let mut queue = self.queue.lock().await;
        let mut accounts: Vec<AccountId> = queue.recv().await.into_iter().collect();
        while accounts.len() < self.store.accounts_per_commit()
            && let Ok(account) = queue.try_recv()
        {
            accounts.push(account);
        }
        accounts
    }
}
