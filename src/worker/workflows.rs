//! Runs of workflows, when they are due.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next, backoff};
use crate::service::{Service, workflows};
use crate::storage::jobs::Job;

/// Goes on with the runs of an account, in the order in which they are due, until none waits.
#[derive(Debug)]
pub struct RunWorkflows(pub Service);

impl Handler for RunWorkflows {
    fn kind(&self) -> &'static str {
        workflows::RUN_WORKFLOWS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = workflows::run_due(&self.0, &job.account, backoff).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}
