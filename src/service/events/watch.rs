//! One stream of events (contract 2.11, L-11 to L-13).

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::follow::{Follower, StreamEnds};
use super::origin::{Origins, origins};
use super::place::{self, Start};
use super::tail::BATCH;
use super::{Wanted, fitting, sight};
use crate::domain::event::Event;
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::grant::Grant;
use crate::service::{Service, conversations, tickets};
use crate::storage::read::events;

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
    /// The one record that it is about: the stream ends when the caller may no longer view it.
    pub subject: Option<Subject>,
    /// Who judges what the caller may see of it.
    pub sight: Sight,
}

/// Who judges what the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// The stream: each event on the record it is about, as it is at delivery.
    #[default]
    Stream,
    /// Whoever reads the stream: the events only say what to look at.
    Reader,
}

/// The record that a narrow stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A ticket.
    Ticket(TicketNumber),
    /// A conversation.
    Conversation(ConversationId),
}

impl Subject {
    /// Refuses what the caller may not view now. Returns the ticket that decides it.
    async fn check(self, service: &Service, grant: &Grant) -> Result<Option<TicketNumber>, Rejection> {
        match self {
            Self::Ticket(number) => tickets::get(service, grant, number).await.map(|ticket| Some(ticket.number)),
            Self::Conversation(id) => {
                conversations::conversation(service, grant, id).await.map(|conversation| conversation.ticket)
            }
        }
    }
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
    follower: Follower,
    wanted: Wanted,
    subject: Option<Subject>,
    sight: Sight,
    /// The ticket that decides whether the subject is seen: whatever happens to it is reason to look again.
    decisive: Option<TicketNumber>,
    position: i64,
    caught_up: bool,
    said_goodbye: bool,
    over: bool,
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
    let ends = StreamEnds { credential: asked.credential_end, stream: asked.ending };
    let follower = Follower::new(service, grant, seat, reach.head, ends, asked.progress);
    let WatchEvents { wanted, subject, sight, .. } = asked;
    let (decisive, caught_up, said_goodbye) = (None, false, false);
    Ok(Watch { follower, wanted, subject, sight, decisive, position, caught_up, said_goodbye, over: false })
}

impl Watch {
    /// Everything up to this sequence was delivered or passed over.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Use cases.
    pub(in crate::service) fn service(&self) -> &Service {
        self.follower.service()
    }

    /// The caller, with rights as of the last look.
    pub(in crate::service) fn grant(&self) -> &Grant {
        self.follower.grant()
    }

    /// Looks again at the rights without moving on.
    pub(in crate::service) async fn judge(&mut self) -> Result<(), Rejection> {
        self.follower.judge(true).await.map(drop)
    }

    /// Whether the stream has to end: its next answer is the last.
    pub(in crate::service) fn is_ending(&self) -> bool {
        self.follower.is_ending()
    }

    /// Whether nothing older waits, now or once before.
    pub(in crate::service) fn has_caught_up(&mut self) -> bool {
        self.caught_up |= self.at_end();
        self.caught_up
    }

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
            if self.follower.is_ending() {
                self.said_goodbye = true;
                return Ok(self.delivery(Vec::new(), Origins::new()));
            }
            let busy = !self.at_end();
            let changed = self.follower.judge(busy).await?;
            let (touched, events) = self.advance().await?;
            if let Some(subject) = self.subject.filter(|_| changed || touched) {
                self.decisive = subject.check(self.follower.service(), self.follower.grant()).await?;
            }
            let first_end = !self.caught_up && self.at_end();
            if !events.is_empty() || first_end || self.wait().await? {
                let (service, grant) = (self.follower.service(), self.follower.grant());
                let origins = origins(service, grant.account()?, &events).await?;
                return Ok(self.delivery(events, origins));
            }
        }
    }

    fn at_end(&self) -> bool {
        self.position >= self.follower.end()
    }

    /// The answer after `events`, or a sign of progress.
    fn delivery(&mut self, events: Vec<Arc<Event>>, origins: Origins) -> Delivery {
        self.follower.answered();
        self.caught_up |= self.at_end();
        let (upto, caught_up, time) = (self.position, self.caught_up, self.follower.service().clock.now());
        Delivery { events, origins, upto, caught_up, time }
    }

    /// Waits for news where there are none. Returns whether it is time for a sign of progress.
    async fn wait(&mut self) -> Result<bool, Rejection> {
        if self.at_end() {
            self.follower.wait().await
        } else {
            // Events are being passed over; the client hears of it all the same.
            Ok(self.follower.is_due())
        }
    }

    /// Moves on by one batch; returns whether anything of it was asked for or may have moved the subject out of view, and
    /// what is delivered.
    async fn advance(&mut self) -> Result<(bool, Vec<Arc<Event>>), Rejection> {
        if self.at_end() {
            return Ok((false, Vec::new()));
        }
        let mut batch = match self.follower.latest(self.position) {
            Some(latest) => latest,
            None => self.read_log().await?,
        };
        batch.truncate(fitting(batch.iter().map(AsRef::as_ref)));
        let upto = batch.last().map_or(self.follower.end(), |event| event.sequence);
        let moved = self.decisive.is_some() && batch.iter().any(|event| event.ticket == self.decisive);
        batch.retain(|event| self.wanted.has(event));
        let touched = moved || !batch.is_empty();
        let seen = match self.sight {
            Sight::Stream => sight::visible(self.follower.service(), self.follower.grant(), batch).await?,
            Sight::Reader => batch,
        };
        self.position = upto;
        Ok((touched, seen))
    }

    /// What memory no longer holds.
    async fn read_log(&self) -> Result<Vec<Arc<Event>>, Rejection> {
        let (service, account) = (self.follower.service(), self.follower.grant().account()?);
        let reach = place::reach(service, account).await?;
        if !reach.holds(self.position) {
            let lag = u64::try_from(reach.head.last - self.position).unwrap_or(0);
            return Err(Rejection::StreamTooSlow { lag });
        }
        let events = events::after(&service.store, account, self.position, BATCH).await;
        Ok(events.map_err(|error| error.rejection())?.into_iter().map(Arc::new).collect())
    }
}
