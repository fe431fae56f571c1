//! Turns of customer agents that nobody takes, and conversations of who has control no more.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::{Service, customer_agents};
use crate::storage::jobs::Job;

/// Looks at the open turns of an account until none is left that anybody minds.
#[derive(Debug)]
pub struct WatchTurns(pub Service);

impl Handler for WatchTurns {
    fn kind(&self) -> &'static str {
        customer_agents::WATCH_TURNS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let again = customer_agents::watch_turns(&self.0, &job.account).await;
            let again = again.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(again.map_or(Next::Done, |after| Next::Again { after, payload: String::new() }))
        }
        .boxed()
    }
}

/// Looks at the open turns of customer agents that work again.
#[derive(Debug)]
pub struct ResumeTurns(pub Service);

impl Handler for ResumeTurns {
    fn kind(&self) -> &'static str {
        customer_agents::RESUME_TURNS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let done = customer_agents::resume_turns(&self.0, &job.account).await;
            done.map(|()| Next::Done).map_err(|rejection| JobError(rejection.to_string()))
        }
        .boxed()
    }
}

/// Takes conversations from a customer agent that is no more, or a person who is shut out.
#[derive(Debug)]
pub struct ReleaseControl(pub Service);

impl Handler for ReleaseControl {
    fn kind(&self) -> &'static str {
        customer_agents::RELEASE_CONTROL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let more = customer_agents::release_control(&self.0, &job.account, &job.payload).await;
            let more = more.map_err(|rejection| JobError(rejection.to_string()))?;
            let again = Next::Again { after: Duration::ZERO, payload: job.payload.clone() };
            Ok(if more { again } else { Next::Done })
        }
        .boxed()
    }
}
