//! Tickets of pipelines and statuses that are being deleted, 500 at a time (W7).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, pipelines};
use crate::storage::jobs::Job;

/// Goes on moving the tickets of a pipeline or status, which goes with the last one. The payload is its name.
#[derive(Debug)]
pub struct MoveTickets(pub Service);

impl Handler for MoveTickets {
    fn kind(&self) -> &'static str {
        pipelines::MOVE_TICKETS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let left = pipelines::move_next(&self.0, &job.account, &job.payload).await;
            let left = left.map_err(|rejection| JobError(rejection.to_string()))?;
            let payload = job.payload.clone();
            Ok(if left { Next::Again { after: Duration::ZERO, payload } } else { Next::Done })
        }
        .boxed()
    }
}
