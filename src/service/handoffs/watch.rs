//! A stream of hand-offs: the open ones first, then each as it changes (contract 2.11, rule 7).
//!
//! The events of the log only say which to look at; what is told is how these are now, within what the caller sees now.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::event::{Event, EventType};
use crate::domain::handoff::Handoff;
use crate::domain::ids::{ConversationId, HandoffId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::conversations::Reader;
use crate::service::events::{self, Sight, Start, StreamEnds, Wanted, WatchEvents};
use crate::service::grant::Grant;
use crate::storage::read::handoffs::{self, Of, Which};

/// Hand-offs in one answer.
const BATCH: u64 = 100;
/// So many batches of events that changed nothing here go by without a sign.
const SILENCE: u32 = 16;

/// What happens to hand-offs.
const KINDS: [EventType; 7] = [
    EventType::HandoffRequested,
    EventType::HandoffOffered,
    EventType::HandoffAccepted,
    EventType::HandoffReturned,
    EventType::HandoffCompleted,
    EventType::HandoffEnded,
    EventType::HandoffChanged,
];

/// Where a stream stands, as its token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandoffPlace {
    /// Among the open ones, after this id; changes after this sequence come later.
    #[serde(rename = "s")]
    Open(Uuid, i64),
    /// Among the changes: after this sequence.
    #[serde(rename = "c")]
    Changes(i64),
}

/// From where to watch.
#[derive(Debug)]
pub struct WatchHandoffs {
    /// The place of a token; none begins with those that are open.
    pub place: Option<HandoffPlace>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// Some hand-offs, or a sign of progress when there are none.
#[derive(Debug)]
pub struct HandoffNews {
    /// The hand-offs, as they are now.
    pub handoffs: Vec<Handoff>,
    /// Where the stream stands after them.
    pub place: HandoffPlace,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct HandoffWatch {
    inner: events::Watch,
    /// After which of the open ones; none: the changes are told.
    open: Option<Uuid>,
    caught_up: bool,
    silent: u32,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::Quota`] when too many watch, and the refusals of the place to begin at.
pub async fn watch(service: &Service, grant: Grant, asked: WatchHandoffs) -> Result<HandoffWatch, Rejection> {
    let WatchHandoffs { place, progress, ends } = asked;
    let (start, open) = match place {
        None => (Start::Now, Some(Uuid::nil())),
        Some(HandoffPlace::Open(after, sequence)) => (Start::After(sequence), Some(after)),
        Some(HandoffPlace::Changes(sequence)) => (Start::After(sequence), None),
    };
    let stream = WatchEvents {
        wanted: Wanted::of_kinds(KINDS),
        start,
        progress,
        credential_end: ends.credential,
        ending: ends.stream,
        subject: None,
        sight: Sight::Reader,
    };
    let inner = events::open(service, grant, stream).await?;
    Ok(HandoffWatch { inner, open, caught_up: false, silent: 0, over: false })
}

impl HandoffWatch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<HandoffNews, Rejection>> {
        if self.over {
            return None;
        }
        let news = self.step().await;
        self.over = news.is_err();
        Some(news)
    }

    async fn step(&mut self) -> Result<HandoffNews, Rejection> {
        if let Some(after) = self.open.filter(|_| !self.inner.is_ending()) {
            self.inner.judge().await?;
            let found = self.read(Which::Open(after, BATCH)).await?;
            self.open = found.last().filter(|_| found.len() as u64 == BATCH).map(|last| last.id.0);
            self.caught_up = self.open.is_none() && self.inner.has_caught_up();
            return Ok(self.answer(found));
        }
        loop {
            let Some(delivery) = self.inner.next().await else { return Err(Rejection::Draining) };
            let delivery = delivery?;
            let first_end = delivery.caught_up && !self.caught_up;
            self.caught_up = delivery.caught_up && self.open.is_none();
            let found = self.changed(&delivery.events).await?;
            self.silent += 1;
            if !found.is_empty() || first_end || delivery.events.is_empty() || self.silent >= SILENCE {
                return Ok(self.answer(found));
            }
        }
    }

    /// The hand-offs that these events are about.
    async fn changed(&self, events: &[Arc<Event>]) -> Result<Vec<Handoff>, Rejection> {
        let (ids, free) = (named(events), without_ticket(events));
        let mut found = if ids.is_empty() { Vec::new() } else { self.read(Which::These(&ids)).await? };
        if let Some(since) = free.iter().map(|(_, time)| *time).min() {
            let conversations: Vec<ConversationId> = free.into_iter().map(|(id, _)| id).collect();
            let more = self.read(Which::Since(&conversations, since)).await?;
            found.extend(more.into_iter().filter(|handoff| !ids.contains(&handoff.id)));
        }
        Ok(found)
    }

    async fn read(&self, which: Which<'_>) -> Result<Vec<Handoff>, Rejection> {
        let (service, grant) = (self.inner.service(), self.inner.grant());
        let reader = Reader::of(service, grant).await?;
        let of = match grant.caller().customer_agent() {
            Some(agent) => Of::Agent(grant.account()?, agent),
            None => Of::Viewer(reader.viewer(grant)?),
        };
        handoffs::some(&service.store, of, which).await.map_err(|error| error.rejection())
    }

    fn answer(&mut self, handoffs: Vec<Handoff>) -> HandoffNews {
        self.silent = 0;
        let upto = self.inner.position();
        let place = self.open.map_or(HandoffPlace::Changes(upto), |after| HandoffPlace::Open(after, upto));
        HandoffNews { handoffs, place, caught_up: self.caught_up }
    }
}

/// The hand-offs that events name, each once.
fn named(events: &[Arc<Event>]) -> Vec<HandoffId> {
    let id = |event: &Arc<Event>| match Name::parse_path(&event.resource) {
        Ok(Name::Handoff(id)) => Some(id),
        _ => None,
    };
    events.iter().filter_map(id).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The conversations without ticket of which events tell a hand-off: they name the conversation; and when that was.
fn without_ticket(events: &[Arc<Event>]) -> Vec<(ConversationId, Timestamp)> {
    let id = |event: &Arc<Event>| match Name::parse_path(&event.resource) {
        Ok(Name::Conversation(id)) => Some((id, event.time)),
        _ => None,
    };
    events.iter().filter_map(id).collect()
}
