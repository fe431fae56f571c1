//! Durable background work (T2): claims jobs of all accounts in turn, works on them, and tries again what failed.
//!
//! A job is claimed in one short transaction and finished in another; in between nothing is held. Its fence makes sure
//! that of several who believe to hold it only the last can finish it (F-11).

mod calls;
pub mod files;
mod handoffs;
mod kept;
pub mod mail;
mod move_tickets;
mod purge;
mod queue;
mod release;
mod retry;
pub mod search;
mod share;
mod sweeps;
mod turns;
mod webhooks;
mod workflows;

pub use handoffs::RunHandoffs;
pub use move_tickets::MoveTickets;
pub use purge::{PurgeTicket, ReleaseRecord};
pub use release::ReleaseTickets;
pub use retry::{backoff, backoff_within};
pub use sweeps::{EXPIRE_REQUESTS, ExpireRequests, RETAIN_EVENTS, RetainEvents, regular};
pub use webhooks::CallWebhook;
pub use workflows::RunWorkflows;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::time::Timestamp;
use crate::ids::Ids;
use crate::storage::jobs::{self, ClaimOptions, Finish, Job};
use crate::storage::{Store, StoreError};

/// Kinds of job that every account has one of.
const REGULAR: &[&str] = &[EXPIRE_REQUESTS, RETAIN_EVENTS, files::SWEEP_FILES];

/// What comes after a run that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the job is done.
    Done,
    /// The same job again, after this time.
    Again {
        /// How long after the claim.
        after: Duration,
        /// With what.
        payload: String,
    },
}

/// Why a run failed, for people. Nothing of what callers wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JobError(pub String);

/// Works on jobs of one kind. A run may happen more than once: its worker may die before it can say that it is done.
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// Works on one job, within its lease.
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>>;
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Accounts served at the same time, each with up to `claim.per_turn` jobs; one account has a quarter of them at most.
    pub workers: usize,
    /// How often due jobs are looked for.
    pub poll: Duration,
    /// How jobs are claimed.
    pub claim: ClaimOptions,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        let lease = Duration::from_secs(10);
        let claim =
            ClaimOptions { lease, attempts: 10, per_turn: 8, regular: REGULAR, kept: kept::KEPT, rest: retry::LONGEST };
        Self { workers: 8, poll: Duration::from_secs(1), claim }
    }
}

/// Works on jobs. Clones work together.
#[derive(Clone)]
pub struct Worker {
    store: Store,
    clock: SharedClock,
    handlers: Arc<HashMap<&'static str, Box<dyn Handler>>>,
    options: WorkerOptions,
    ids: Arc<Ids>,
    shares: share::Shares,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for the kinds of job that `handlers` know.
    pub fn new(store: Store, clock: SharedClock, handlers: Vec<Box<dyn Handler>>, options: WorkerOptions) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let (handlers, ids, shares) = (Arc::new(handlers), Arc::new(Ids::system()), share::Shares::default());
        Self { store, clock, handlers, options, ids, shares }
    }

    /// Works until `stop` is cancelled. A job that is cut off is claimed by somebody else after its lease.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.adopt_until_done()).await;
        join_all((0..self.options.workers).map(|_| self.serve(&stop))).await;
    }

    /// Works off everything that is due now, and what comes due by that; for tests, where time stands still.
    ///
    /// # Errors
    /// The database's.
    pub async fn run_until_idle(&self) -> Result<(), StoreError> {
        jobs::adopt(&self.store).await?;
        while self.turn().await? {}
        Ok(())
    }

    /// Gives one account a turn that has not its whole share yet. Returns whether any was due.
    ///
    /// # Errors
    /// The database's.
    pub async fn turn(&self) -> Result<bool, StoreError> {
        let looking = self.shares.look().await;
        let busy = self.shares.busy(share::most(self.options.workers));
        let Some(claimed) = jobs::claim_except(&self.store, &self.options.claim, &busy).await? else {
            return Ok(false);
        };
        let _turn = claimed.first().map(|job| self.shares.begin(&job.account));
        drop(looking);
        // Side by side: each has its whole lease, however slow the others are.
        let now = self.clock.now();
        let held = claimed.iter().filter(|job| now < job.lease_until);
        let worked = join_all(held.map(|job| self.work(job))).await;
        worked.into_iter().try_for_each(|ours| ours.map(drop))?;
        Ok(true)
    }

    /// Works on one claimed job and says how it ended. Returns whether it was still ours to end.
    ///
    /// # Errors
    /// The database's.
    pub async fn work(&self, job: &Job) -> Result<bool, StoreError> {
        let result = self.attempt(job).await;
        let claim = &self.options.claim;
        // Set aside, such a job would be missing for good: the account has no other one that does its work.
        let attempts = if claim.keeps(&job.kind) { u32::MAX } else { claim.attempts };
        let finish = retry::finish(job, result, attempts, self.ids.seed());
        if let Finish::Failed { error, .. } | Finish::Parked { error } = &finish {
            tracing::warn!(account = %job.account, kind = job.kind, attempt = job.attempt, error, "a job failed");
        }
        let ours = jobs::finish(&self.store, job, &finish).await?;
        if !ours {
            tracing::warn!(account = %job.account, kind = job.kind, "a job was taken over before it was done");
        }
        Ok(ours)
    }

    async fn attempt(&self, job: &Job) -> Result<Next, JobError> {
        let handler = self.handlers.get(job.kind.as_str());
        let handler = handler.ok_or_else(|| JobError(format!("nobody knows jobs of kind {}", job.kind)))?;
        let run = AssertUnwindSafe(handler.run(job)).catch_unwind();
        match tokio::time::timeout(self.options.claim.lease, run).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(JobError("it panicked; the log says where".to_owned())),
            Err(_) => Err(JobError("it took longer than its lease".to_owned())),
        }
    }

    async fn adopt_until_done(&self) {
        while let Err(error) = jobs::adopt(&self.store).await {
            tracing::warn!(%error, "the jobs are out of reach");
            tokio::time::sleep(self.options.poll).await;
        }
    }

    async fn serve(&self, stop: &CancellationToken) {
        let mut due = self.store.jobs_due();
        while !stop.is_cancelled() {
            let worked = stop.run_until_cancelled(self.turn_if_due()).await;
            let pause = match worked {
                Some(Ok(None)) | None => continue,
                Some(Ok(Some(pause))) => pause.min(self.options.poll),
                Some(Err(error)) => {
                    tracing::warn!(%error, "the jobs are out of reach");
                    self.options.poll
                }
            };
            stop.run_until_cancelled(self.rest(pause, &mut due)).await;
        }
    }

    /// Rests for `pause`, or until a job is due that a batch asked for meanwhile.
    async fn rest(&self, pause: Duration, due: &mut watch::Receiver<Timestamp>) {
        let mut until = self.clock.now().plus(pause);
        loop {
            let left = until.since(self.clock.now());
            tokio::select! {
                () = tokio::time::sleep(left) => return,
                // The sender lives as long as the store.
                Ok(()) = due.changed() => until = until.min(*due.borrow_and_update()),
            }
        }
    }

    /// Looks first, so that idle workers do not take the writer's turn. Returns for how long there is nothing to do; none
    /// where there was something.
    async fn turn_if_due(&self) -> Result<Option<Duration>, StoreError> {
        let now = self.store.now(self.store.reader()).await?;
        match jobs::next_due(&self.store).await? {
            Some(due) if due <= now => Ok((!self.turn().await?).then_some(self.options.poll)),
            Some(due) => Ok(Some(due.since(now))),
            None => Ok(Some(self.options.poll)),
        }
    }
}
