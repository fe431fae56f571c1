//! What every stream over an account's log shares: woken by news, judged anew, and ended in time (L-11, T3).

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Interval;
use tokio_util::sync::CancellationToken;

use super::seats::Seat;
use super::tail::Tail;
use crate::domain::access::Caller;
use crate::domain::event::Event;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::grant::{Grant, Principal};
use crate::storage::read::events::Head;
use crate::storage::read::principal;

/// Rights are looked at again at least this often while events are delivered.
const RIGHTS_AGE: Duration = Duration::from_secs(2);

/// What ends a stream from outside.
#[derive(Debug)]
pub struct StreamEnds {
    /// When the caller's credential ends, and the stream with it.
    pub credential: Option<Timestamp>,
    /// Cancelled when the stream has to end.
    pub stream: CancellationToken,
}

/// A caller who follows what happens in an account.
#[derive(Debug)]
pub(in crate::service) struct Follower {
    service: Service,
    grant: Grant,
    ends: StreamEnds,
    tail: Arc<Tail>,
    news: watch::Receiver<Head>,
    timer: Interval,
    judged: Judged,
    /// Given back last.
    _seat: Seat,
}

/// As of when the rights are known.
#[derive(Debug, Clone, Copy)]
struct Judged {
    config: i64,
    time: Timestamp,
}

impl Follower {
    /// A follower with a seat; `progress` is how often it says that nothing happened.
    pub fn new(service: &Service, grant: Grant, seat: Seat, head: Head, ends: StreamEnds, progress: Duration) -> Self {
        let tail = service.watches.tail(&seat, &service.store, head);
        let mut timer = tokio::time::interval(progress);
        timer.reset();
        Self {
            service: service.clone(),
            grant,
            ends,
            news: tail.news(),
            tail,
            timer,
            // Known to nobody: the first step looks.
            judged: Judged { config: -1, time: Timestamp::from_micros(0) },
            _seat: seat,
        }
    }

    /// Use cases.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The caller, with rights as of the last look.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The end of the log as far as it is known.
    pub fn end(&self) -> i64 {
        self.news.borrow().last
    }

    /// Whether the stream has to end.
    pub fn is_ending(&self) -> bool {
        self.ends.stream.is_cancelled()
    }

    /// Events after `sequence` that are still in memory.
    pub fn latest(&self, sequence: i64) -> Option<Vec<Arc<Event>>> {
        self.tail.latest(sequence)
    }

    /// An answer goes out: the next sign of progress is a whole interval away.
    pub fn answered(&mut self) {
        self.timer.reset();
    }

    /// Whether a sign of progress is due.
    pub fn is_due(&mut self) -> bool {
        self.timer.tick().now_or_never().is_some()
    }

    /// Waits for news. Returns whether it is time for a sign of progress.
    pub async fn wait(&mut self) -> Result<bool, Rejection> {
        tokio::select! {
            () = self.ends.stream.cancelled() => Ok(false),
            _ = self.timer.tick() => Ok(true),
            () = tokio::time::sleep(RIGHTS_AGE) => Ok(false),
            changed = self.tail.changed(&mut self.news) => changed.map(|()| false),
        }
    }

    /// Looks again at what the caller may do: when people or configuration changed, and every [`RIGHTS_AGE`] while something
    /// is delivered (`busy`; L-11). Returns whether they changed, or may have.
    pub async fn judge(&mut self, busy: bool) -> Result<bool, Rejection> {
        let (now, config) = (self.service.clock.now(), self.news.borrow().config);
        if self.ends.credential.is_some_and(|end| end <= now) {
            return Err(Rejection::CredentialInvalid);
        }
        let changed = self.judged.config != config;
        if !changed && now.since(self.judged.time) < RIGHTS_AGE {
            return Ok(false);
        }
        let known = self.grant.principal().cloned();
        let principal = if changed || busy { read_again(&self.service, &self.grant).await? } else { known };
        if let Some(principal) = principal {
            self.grant = self.grant.renewed(principal, now)?;
        }
        self.judged = Judged { config, time: now };
        Ok(changed)
    }
}

/// The rows behind the caller as they are now; nothing for the service itself, which has none.
async fn read_again(service: &Service, grant: &Grant) -> Result<Option<Principal>, Rejection> {
    let gone = || Rejection::CredentialInvalid;
    match grant.caller() {
        Caller::User(account, id) => {
            let rows = principal::user(&service.store, account, id).await.map_err(|error| error.rejection())?;
            let (account, user, teams) = rows.ok_or_else(gone)?;
            Ok(Some(Principal::User { account, user, teams }))
        }
        Caller::AccessKey(account, id) | Caller::CustomerAgent(account, _, id) => {
            let rows = principal::key(&service.store, account, id).await.map_err(|error| error.rejection())?;
            let (account, key) = rows.ok_or_else(gone)?;
            Ok(Some(Principal::AccessKey { account, key }))
        }
        Caller::Operator(_) | Caller::System(_) => Ok(None),
    }
}
