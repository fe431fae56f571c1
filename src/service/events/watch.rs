//! One stream of events (contract 2.11, L-11 to L-13).

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Interval;
use tokio_util::sync::CancellationToken;

use super::origin::{Origins, origins};
use super::place::{self, Start};
use super::seats::Seat;
use super::tail::{BATCH, Tail};
use super::{Wanted, fitting, sight};
use crate::domain::access::Caller;
use crate::domain::event::Event;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::grant::{Grant, Principal};
use crate::storage::read::events::{self, Head};
use crate::storage::read::principal;

/// Rights are looked at again at least this often while events are delivered.
const RIGHTS_AGE: Duration = Duration::from_secs(2);

/// From where to watch what.
#[derive(Debug)]
pub struct WatchEvents {
    /// Which events.
    pub wanted: Wanted,
    /// Where to begin.
    pub start: Start,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// When the caller's credential ends, and the stream with it.
    pub credential_end: Option<Timestamp>,
    /// Cancelled when the stream has to end.
    pub ending: CancellationToken,
}

/// Some events, or a sign of progress when there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The events, by sequence.
    pub events: Vec<Arc<Event>>,
    /// Who began their chains.
    pub origins: Origins,
    /// Everything up to this sequence was delivered or passed over.
    pub upto: i64,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
    /// The time.
    pub time: Timestamp,
}

/// A stream that is asked for its next answer: nothing is read while nobody asks.
#[derive(Debug)]
pub struct Watch {
    service: Service,
    grant: Grant,
    wanted: Wanted,
    credential_end: Option<Timestamp>,
    ending: CancellationToken,
    tail: Arc<Tail>,
    news: watch::Receiver<Head>,
    position: i64,
    timer: Interval,
    judged: Judged,
    caught_up: bool,
    said_goodbye: bool,
    over: bool,
    /// Given back last.
    _seat: Seat,
}

/// As of when the rights are known.
#[derive(Debug, Clone, Copy)]
struct Judged {
    config: i64,
    time: Timestamp,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::Quota`] when too many watch, and the refusals of the place to begin at.
pub async fn open(service: &Service, grant: Grant, asked: WatchEvents) -> Result<Watch, Rejection> {
    let account = grant.account()?.clone();
    let seat = service.watches.seat(&grant)?;
    let reach = place::reach(service, &account).await?;
    let position = place::begin(service, &account, &reach, asked.start).await?;
    let tail = service.watches.tail(&seat, &service.store, reach.head);
    let mut timer = tokio::time::interval(asked.progress);
    timer.reset();
    Ok(Watch {
        service: service.clone(),
        grant,
        wanted: asked.wanted,
        credential_end: asked.credential_end,
        ending: asked.ending,
        news: tail.news(),
        tail,
        position,
        timer,
        // Known to nobody: the first step looks.
        judged: Judged { config: -1, time: Timestamp::from_micros(0) },
        caught_up: false,
        said_goodbye: false,
        over: false,
        _seat: seat,
    })
}

impl Watch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<Delivery, Rejection>> {
        if self.over {
            return None;
        }
        let answer = self.step().await;
        self.over = answer.is_err();
        Some(answer)
    }

    async fn step(&mut self) -> Result<Delivery, Rejection> {
        if self.said_goodbye {
            return Err(Rejection::Draining);
        }
        loop {
            if self.ending.is_cancelled() {
                self.said_goodbye = true;
                return Ok(self.delivery(Vec::new(), Origins::new()));
            }
            self.judge().await?;
            let events = self.advance().await?;
            let first_end = !self.caught_up && self.at_end();
            if !events.is_empty() || first_end || self.wait().await? {
                let origins = origins(&self.service, self.grant.account()?, &events).await?;
                return Ok(self.delivery(events, origins));
            }
        }
    }

    fn at_end(&self) -> bool {
        self.position >= self.news.borrow().last
    }

    /// The answer after `events`, or a sign of progress.
    fn delivery(&mut self, events: Vec<Arc<Event>>, origins: Origins) -> Delivery {
        self.timer.reset();
        self.caught_up |= self.at_end();
        let (upto, caught_up, time) = (self.position, self.caught_up, self.service.clock.now());
        Delivery { events, origins, upto, caught_up, time }
    }

    /// Waits for news where there are none. Returns whether it is time for a sign of progress.
    async fn wait(&mut self) -> Result<bool, Rejection> {
        if !self.at_end() {
            // Events are being passed over; the client hears of it all the same.
            return Ok(self.timer.tick().now_or_never().is_some());
        }
        tokio::select! {
            () = self.ending.cancelled() => Ok(false),
            _ = self.timer.tick() => Ok(true),
            () = tokio::time::sleep(RIGHTS_AGE) => Ok(false),
            changed = self.tail.changed(&mut self.news) => changed.map(|()| false),
        }
    }

    /// Moves on by one batch; returns what of it is delivered.
    async fn advance(&mut self) -> Result<Vec<Arc<Event>>, Rejection> {
        if self.at_end() {
            return Ok(Vec::new());
        }
        let mut batch = match self.tail.latest(self.position) {
            Some(latest) => latest,
            None => self.read_log().await?,
        };
        batch.truncate(fitting(batch.iter().map(AsRef::as_ref)));
        let upto = batch.last().map_or(self.news.borrow().last, |event| event.sequence);
        batch.retain(|event| self.wanted.has(event));
        let seen = sight::visible(&self.service, &self.grant, batch).await?;
        self.position = upto;
        Ok(seen)
    }

    /// What memory no longer holds.
    async fn read_log(&self) -> Result<Vec<Arc<Event>>, Rejection> {
        let account = self.grant.account()?;
        let reach = place::reach(&self.service, account).await?;
        if !reach.holds(self.position) {
            let lag = u64::try_from(reach.head.last - self.position).unwrap_or(0);
            return Err(Rejection::StreamTooSlow { lag });
        }
        let events = events::after(&self.service.store, account, self.position, BATCH).await;
        Ok(events.map_err(|error| error.rejection())?.into_iter().map(Arc::new).collect())
    }

    /// Looks again at what the caller may do: when people or configuration changed, and every [`RIGHTS_AGE`] (L-11).
    async fn judge(&mut self) -> Result<(), Rejection> {
        let (now, config) = (self.service.clock.now(), self.news.borrow().config);
        if self.credential_end.is_some_and(|end| end <= now) {
            return Err(Rejection::CredentialInvalid);
        }
        let changed = self.judged.config != config;
        if !changed && now.since(self.judged.time) < RIGHTS_AGE {
            return Ok(());
        }
        let known = self.grant.principal().cloned();
        let principal = if changed || !self.at_end() { read_again(&self.service, &self.grant).await? } else { known };
        if let Some(principal) = principal {
            self.grant = self.grant.renewed(principal, now)?;
        }
        self.judged = Judged { config, time: now };
        Ok(())
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
        Caller::AccessKey(account, id) => {
            let rows = principal::key(&service.store, account, id).await.map_err(|error| error.rejection())?;
            let (account, key) = rows.ok_or_else(gone)?;
            Ok(Some(Principal::AccessKey { account, key }))
        }
        Caller::Operator(_) | Caller::System(_) => Ok(None),
    }
}
