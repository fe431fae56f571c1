//! Calls that end by time.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, calls};
use crate::storage::jobs::Job;

/// Ends the calls of an account whose time is over, again and again until none goes on.
#[derive(Debug)]
pub struct LapseCalls(pub Service);

impl Handler for LapseCalls {
    fn kind(&self) -> &'static str {
        calls::LAPSE_CALLS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = calls::lapse_due(&self.0, &job.account).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}
