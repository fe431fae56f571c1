//! The jobs of files.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::domain::rejection::Rejection;
use crate::service::{Service, files};
use crate::storage::jobs::Job;

/// Kind of [`SweepFiles`].
pub const SWEEP_FILES: &str = "sweep_files";

/// How often it runs when nothing is left to do.
const EVERY: Duration = Duration::from_hours(1);
/// When the place of files is away, it is tried again after this.
const AWAY: Duration = Duration::from_mins(5);

/// The handlers of files.
pub fn handlers(service: &Service) -> Vec<Box<dyn Handler>> {
    vec![
        Box::new(SweepFiles(service.clone())),
        Box::new(DeleteBlobs(service.clone())),
        Box::new(ForgetFiles(service.clone())),
    ]
}

/// Deletes what nothing used until its end, and bytes that no row names. The payload is the last folder of bytes that was
/// looked at.
#[derive(Debug)]
struct SweepFiles(Service);

impl Handler for SweepFiles {
    fn kind(&self) -> &'static str {
        SWEEP_FILES
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let swept = files::sweep_files(&self.0, &job.account, job.payload.clone(), job.now).await;
            let (payload, more) = swept.map_err(|rejection| JobError(rejection.to_string()))?;
            Ok(Next::Again { after: if more { Duration::ZERO } else { EVERY }, payload })
        }
        .boxed()
    }
}

/// Deletes bytes. The payload is the list of their ids.
#[derive(Debug)]
struct DeleteBlobs(Service);

impl Handler for DeleteBlobs {
    fn kind(&self) -> &'static str {
        files::DELETE_BLOBS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let blobs: Vec<uuid::Uuid> = listed(job)?;
            let deleted = files::delete_blobs(&self.0, &job.account, &blobs).await;
            after(deleted.map(|()| false), job)
        }
        .boxed()
    }
}

/// Deletes the files of conversations that are gone. The payload is the list of these.
#[derive(Debug)]
struct ForgetFiles(Service);

impl Handler for ForgetFiles {
    fn kind(&self) -> &'static str {
        files::FORGET_FILES
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move { after(files::forget_files(&self.0, &job.account, &listed(job)?).await, job) }.boxed()
    }
}

fn listed<T: serde::de::DeserializeOwned>(job: &Job) -> Result<Vec<T>, JobError> {
    serde_json::from_str(&job.payload).map_err(|_| JobError("the payload cannot be read".to_owned()))
}

/// What comes after a run that says whether more is due. Nothing is given up because the place of files is away for long.
fn after(done: Result<bool, Rejection>, job: &Job) -> Result<Next, JobError> {
    let again = |after| Next::Again { after, payload: job.payload.clone() };
    match done {
        Ok(true) => Ok(again(Duration::ZERO)),
        Ok(false) => Ok(Next::Done),
        Err(Rejection::StorageUnavailable { .. }) => Ok(again(AWAY)),
        Err(other) => Err(JobError(other.to_string())),
    }
}
