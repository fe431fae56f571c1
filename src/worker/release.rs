//! Tickets of owners who lost access, 500 at a time (A4, W7).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, users};
use crate::storage::jobs::Job;

/// Goes on releasing the tickets of one owner.
#[derive(Debug)]
pub struct ReleaseTickets(pub Service);

impl Handler for ReleaseTickets {
    fn kind(&self) -> &'static str {
        users::RELEASE_TICKETS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let next = users::release_next(&self.0, &job.account, &job.payload).await;
            let next = next.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(next.map_or(Next::Done, |payload| Next::Again { after: Duration::ZERO, payload }))
        }
        .boxed()
    }
}
