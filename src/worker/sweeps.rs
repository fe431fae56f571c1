//! The regular jobs of every account: letting go of what has run out.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next, PurgeTicket, ReleaseRecord, ReleaseTickets};
use crate::service::{Service, events};
use crate::storage::jobs::Job;
use crate::storage::{Store, StoreError, sweep};

/// Kind of [`ExpireRequests`].
pub const EXPIRE_REQUESTS: &str = "expire_requests";
/// Kind of [`RetainEvents`].
pub const RETAIN_EVENTS: &str = "retain_events";

/// How often both run when there is nothing left to do.
const EVERY: Duration = Duration::from_hours(1);
/// Chunks of one run; what is left is the next run's, so that other accounts get their turn.
const CHUNKS: usize = 10;

/// How long notifications are kept.
const NOTIFICATION_AGE: Duration = Duration::from_hours(90 * 24);

/// Deletes stored answers past their time (L-30), and old notifications.
#[derive(Debug)]
pub struct ExpireRequests(pub Store);

/// Deletes events past retention that belong to no ticket, and marks of batches (L-13, C4, W4). The payload is the
/// sequence up to which the log was looked at.
#[derive(Debug)]
pub struct RetainEvents(pub Service);

/// The handlers of the jobs that every account has, and of those that its calls leave behind.
pub fn regular(service: &Service) -> Vec<Box<dyn Handler>> {
    vec![
        Box::new(ExpireRequests(service.store.clone())),
        Box::new(RetainEvents(service.clone())),
        Box::new(PurgeTicket(service.clone())),
        Box::new(ReleaseRecord(service.clone())),
        Box::new(ReleaseTickets(service.clone())),
        Box::new(super::MoveTickets(service.clone())),
        Box::new(super::RunHandoffs(service.clone())),
        Box::new(super::RunWorkflows(service.clone())),
        Box::new(super::calls::LapseCalls(service.clone())),
        Box::new(super::turns::WatchTurns(service.clone())),
        Box::new(super::turns::ResumeTurns(service.clone())),
        Box::new(super::turns::ReleaseControl(service.clone())),
        Box::new(super::queue::ServeQueue(service.clone())),
        Box::new(super::queue::SettleAvailability(service.clone())),
        Box::new(super::queue::ExpirePresence(service.clone())),
    ]
}

impl Handler for ExpireRequests {
    fn kind(&self) -> &'static str {
        EXPIRE_REQUESTS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            for _ in 0..CHUNKS {
                let answers = sweep::expired_answers(&self.0, &job.account, job.now).await.map_err(failed)?;
                let before = job.now.minus(NOTIFICATION_AGE);
                let told = sweep::old_notifications(&self.0, &job.account, before).await.map_err(failed)?;
                if answers < sweep::CHUNK && told < sweep::CHUNK {
                    return Ok(again(EVERY, String::new()));
                }
            }
            Ok(again(Duration::ZERO, String::new()))
        }
        .boxed()
    }
}

impl Handler for RetainEvents {
    fn kind(&self) -> &'static str {
        RETAIN_EVENTS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let mut upto = job.payload.parse().unwrap_or(0);
            let mut more = false;
            for _ in 0..CHUNKS {
                let retained = events::retain(&self.0, &job.account, upto).await;
                let retained = retained.map_err(|rejection| JobError(rejection.to_string()))?;
                (upto, more) = (retained.upto, retained.more);
                let batches = sweep::old_batches(&self.0.store, &job.account, job.now).await.map_err(failed)?;
                more |= batches == sweep::CHUNK;
                if !more {
                    break;
                }
            }
            Ok(again(if more { Duration::ZERO } else { EVERY }, upto.to_string()))
        }
        .boxed()
    }
}

const fn again(after: Duration, payload: String) -> Next {
    Next::Again { after, payload }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: StoreError) -> JobError {
    JobError(error.to_string())
}
