//! What only time changes in routing: serving those who wait in order, and following the hours of people.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, queue, users};
use crate::storage::jobs::Job;

/// Serves the tickets of an account that wait, again and again until none does.
#[derive(Debug)]
pub struct ServeQueue(pub Service);

impl Handler for ServeQueue {
    fn kind(&self) -> &'static str {
        queue::SERVE_QUEUE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = queue::serve_account(&self.0, &job.account, job.now).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}

/// Follows the hours of an account's people from boundary to boundary.
#[derive(Debug)]
pub struct SettleAvailability(pub Service);

impl Handler for SettleAvailability {
    fn kind(&self) -> &'static str {
        users::SETTLE_AVAILABILITY
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = users::settle_account(&self.0, &job.account, job.now).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}

/// Lets the leases of presence of an account run out.
#[derive(Debug)]
pub struct ExpirePresence(pub Service);

impl Handler for ExpirePresence {
    fn kind(&self) -> &'static str {
        users::EXPIRE_PRESENCE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = users::expire_presence(&self.0, &job.account, job.now).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}
