//! Lanes: every change of an account goes through the account's own, one batch after another (`docs/ARCHITECTURE.md`).
//!
//! A lane takes the operations that wait, loads what all of them need, lets each decide on the same picture, writes
//! everything with one statement per table, commits once, and answers. A caller who goes away drops an operation that
//! still waits and never stops one that has begun, because the batch runs in a task of the lane.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};

mod automation;
mod batch;
mod calls;
mod chances;
mod content;
mod engine;
mod expunge;
mod flush;
mod flush_life;
mod handoffs;
mod keys;
mod leases;
mod linked;
mod load;
mod load_life;
mod lookup;
mod operation;
mod people;
mod places;
mod records;
mod table;
mod told;
mod turns;
mod waiting;
mod world;

pub use automation::{Automation, AutomationKeys};
pub use calls::{CallKeys, Calls};
pub use chances::Pulse;
pub use content::{Content, ContentKeys};
pub use expunge::{Expunged, OF_CONVERSATION, OF_TICKET};
pub use handoffs::{HandoffKeys, HandoffLine, Handoffs};
pub use keys::{Keys, OWNED_AT_ONCE, RequestKey};
pub use linked::RELEASED_AT_ONCE;
pub use operation::{
    Answer, Effect, EffectKind, Encoder, FollowingMail, Operation, Session, Warning, WriteContext, Written,
};
pub use people::People;
pub use places::{MOVED_AT_ONCE, StatusPlace};
pub use records::{RecordKeys, Records};
pub use waiting::WaitingPlace;
pub use world::{NewJob, SentMail, World};

use batch::Batch;
use operation::{Pending, Work};
use world::LaneMemory;

use super::Store;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;

/// Accounts whose lane is remembered while idle.
const REMEMBERED: usize = 256;

/// How writes are gathered (W7, W8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// Operations in one batch. Default 64.
    pub operations: usize,
    /// Rows that one batch writes; an operation that would go beyond waits for the next. One that writes more by itself
    /// runs alone. Default 2,000.
    pub rows: usize,
    /// How long a batch gathers decisions before it is stored. Default 50 ms.
    pub time: Duration,
    /// Operations that may wait for one account; beyond it callers are turned away. Default 1,024.
    pub queue: usize,
    /// A batch that takes longer than this is given up; the statements inside have shorter limits (L-21). Default 10 s.
    pub transaction: Duration,
}

impl Default for LaneLimits {
    fn default() -> Self {
        let (time, transaction) = (Duration::from_millis(50), Duration::from_secs(10));
        Self { operations: 64, rows: 2_000, time, queue: 1_024, transaction }
    }
}

/// The way to change anything.
#[derive(Debug, Clone)]
pub struct Lanes {
    shared: Arc<Shared>,
}

struct Shared {
    lanes: Mutex<HashMap<AccountId, Lane>>,
    ready: mpsc::UnboundedSender<AccountId>,
    limits: LaneLimits,
    /// How many accounts have work.
    busy: watch::Sender<usize>,
    /// Operations that ever came.
    came: AtomicU64,
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
    /// Its turn was another replica's: the next batch waits for it alone.
    contended: bool,
    memory: Option<LaneMemory>,
    used: Option<Instant>,
}

type Ready = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<AccountId>>>;

impl Lanes {
    /// Lanes over `store`, worked off by tasks that `spawn` starts: one on SQLite, one per write connection on PostgreSQL.
    pub fn start(
        store: &Store,
        limits: LaneLimits,
        spawn: impl Fn(futures_util::future::BoxFuture<'static, ()>),
    ) -> Self {
        let (ready, queue) = mpsc::unbounded_channel();
        let (lanes, busy, came) = (Mutex::default(), watch::Sender::new(0), AtomicU64::new(0));
        let shared = Arc::new(Shared { lanes, ready, limits, busy, came });
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
        let work = Work { operation, context, encoder, reply, verdict: None, wrote: false, broken: false, span };
        self.enqueue(account, Box::new(work))?;
        answer.await.unwrap_or(Err(Rejection::StorageUnavailable { unknown: true }))
    }

    fn enqueue(&self, account: &AccountId, work: Box<dyn Pending>) -> Result<(), Rejection> {
        let mut lanes = self.shared.lock();
        let lane = lanes.entry(account.clone()).or_default();
        if lane.queue.len() >= self.shared.limits.queue {
            return Err(Rejection::Overloaded);
        }
        lane.queue.push_back(work);
        self.shared.came.fetch_add(1, Ordering::Relaxed);
        if !std::mem::replace(&mut lane.running, true) {
            self.shared.busy.send_modify(|busy| *busy += 1);
            self.shared.ready.send(account.clone()).map_err(|_| Rejection::Draining)?;
        }
        Ok(())
    }

    /// Waits until nothing waits and no batch runs any more.
    pub async fn settled(&self) {
        // The sender lives as long as the lanes.
        let _ = self.shared.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    /// How many operations ever came, over all accounts: whoever can wait sees from it whether others write.
    pub fn came(&self) -> u64 {
        self.shared.came.load(Ordering::Relaxed)
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
        lane.used = Some(now);
        let mut operations = Vec::new();
        while operations.len() < self.limits.operations
            && let Some(next) = lane.queue.pop_front()
        {
            match next.expired(now) {
                Some(rejection) => next.finish(Some(rejection)),
                None => operations.push(next),
            }
        }
        lane.contended = false;
        Batch { account, operations, later: Vec::new(), memory: lane.memory.take(), contended: false }
    }

    /// Gives the lanes back, with their memory and what their batches had no room for; what waits makes them ready again.
    fn give_back(&self, accounts: Vec<AccountId>, mut done: HashMap<AccountId, Done>) {
        let mut lanes = self.lock();
        for account in accounts {
            let Some(lane) = lanes.get_mut(&account) else { continue };
            let Done { memory, later, contended } = done.remove(&account).unwrap_or_default();
            (lane.memory, lane.contended) = (memory, contended);
            later.into_iter().rev().for_each(|operation| lane.queue.push_front(operation));
            lane.running = !lane.queue.is_empty();
            if lane.running {
                // The receiver lives as long as its workers do; without them nobody waits.
                let _ = self.ready.send(account);
            } else {
                self.busy.send_modify(|busy| *busy -= 1);
            }
        }
        forget_idle(&mut lanes);
    }
}

/// What a batch leaves to its lane.
#[derive(Default)]
struct Done {
    /// What is worth remembering.
    memory: Option<LaneMemory>,
    /// Operations that it had no room for, in order.
    later: Vec<Box<dyn Pending>>,
    /// Another replica had the turn.
    contended: bool,
}

fn done_of(batches: Vec<Batch>) -> HashMap<AccountId, Done> {
    let done =
        |batch: Batch| (batch.account, Done { memory: batch.memory, later: batch.later, contended: batch.contended });
    batches.into_iter().map(done).collect()
}

/// Lets go of the lanes that were not used for longest, half of those that may be remembered at once: not each time a
/// new one comes.
fn forget_idle(lanes: &mut HashMap<AccountId, Lane>) {
    if lanes.len() <= REMEMBERED {
        return;
    }
    let mut used: Vec<Instant> = lanes.values().filter(|lane| !lane.running).filter_map(|lane| lane.used).collect();
    used.sort_unstable();
    let last = used.get(REMEMBERED / 2).or(used.last()).copied();
    lanes.retain(|_, lane| lane.running || lane.used > last);
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
            let mut done = done_of(idle);
            if !busy.is_empty() {
                done.extend(Box::pin(self.commit(busy, shared.limits)).await);
            }
            shared.give_back(accounts, done);
        }
    }

    /// Runs batches within their time. One that takes longer, or that a mistake of ours ends, leaves its callers with an
    /// unknown outcome and the lanes ready for the next; the request id decides a retry.
    async fn commit(&self, mut busy: Vec<Batch>, limits: LaneLimits) -> HashMap<AccountId, Done> {
        let run = Box::pin(AssertUnwindSafe(engine::run(&self.store, &limits, &mut busy)).catch_unwind());
        match tokio::time::timeout(limits.transaction, run).await {
            Ok(Ok(())) => return done_of(busy),
            Ok(Err(_)) => tracing::error!("a batch panicked outside of its operations"),
            Err(_) => tracing::error!("a batch took longer than it may and was given up"),
        }
        for batch in &mut busy {
            batch.memory = None;
        }
        done_of(busy)
    }

    /// Accounts with work: those that are ready, so that they commit together (W8). One whose turn was another replica's
    /// comes alone: nobody else waits for it.
    async fn next(&self) -> Vec<AccountId> {
        let mut queue = self.queue.lock().await;
        let mut accounts: Vec<AccountId> = queue.recv().await.into_iter().collect();
        if accounts.iter().any(|first| self.waits_alone(first)) {
            return accounts;
        }
        while accounts.len() < self.store.accounts_per_commit()
            && let Ok(account) = queue.try_recv()
        {
            if self.waits_alone(&account) {
                if let Some(shared) = self.shared.upgrade() {
                    let _ = shared.ready.send(account);
                }
                break;
            }
            accounts.push(account);
        }
        accounts
    }

    fn waits_alone(&self, account: &AccountId) -> bool {
        self.shared.upgrade().is_some_and(|shared| shared.lock().get(account).is_some_and(|lane| lane.contended))
    }
}
