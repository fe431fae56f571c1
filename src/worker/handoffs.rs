//! Hand-offs, when they are due.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, handoffs};
use crate::storage::jobs::Job;

/// Looks at the hand-offs of an account that are due, again and again until none waits for its time.
#[derive(Debug)]
pub struct RunHandoffs(pub Service);

impl Handler for RunHandoffs {
    fn kind(&self) -> &'static str {
        handoffs::RUN_HANDOFFS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = handoffs::run_due(&self.0, &job.account).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}
