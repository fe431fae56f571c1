//! The end of deleted tickets (C-016), and of what tickets had of deleted records.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::domain::ids::TicketNumber;
use crate::service::{Service, records, tickets};
use crate::storage::jobs::Job;

/// Purges a ticket 90 days after it was deleted, unless it was brought back. The payload is its number.
#[derive(Debug)]
pub struct PurgeTicket(pub Service);

impl Handler for PurgeTicket {
    fn kind(&self) -> &'static str {
        tickets::PURGE_TICKET
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let number = TicketNumber::parse(&job.payload).map_err(|_| JobError("no number of a ticket".to_owned()))?;
            let done = tickets::purge(&self.0, &job.account, number).await;
            done.map(|()| Next::Done).map_err(|rejection| JobError(rejection.to_string()))
        }
        .boxed()
    }
}

/// Goes on ending the associations of tickets with a record that was deleted. The payload is its name.
#[derive(Debug)]
pub struct ReleaseRecord(pub Service);

impl Handler for ReleaseRecord {
    fn kind(&self) -> &'static str {
        records::RELEASE_RECORD
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let done = records::go_on(&self.0, &job.account, &job.payload).await;
            done.map(|()| Next::Done).map_err(|rejection| JobError(rejection.to_string()))
        }
        .boxed()
    }
}
