//! A stream of those who wait in order: all of them first, then who comes, moves and goes (contract 2.11, rule 7).
//!
//! The events of the log only say which tickets to look at; what is told is how these are now, read once per batch of
//! events. Whoever views every ticket needs no memory of what was told: a ticket that left the queue has an event. For
//! everybody else a ticket also goes when it leaves their reach, so their stream remembers what it told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Service;
use super::events::{self, Sight, Start, StreamEnds, Wanted, WatchEvents};
use super::grant::Grant;
use super::queue_read::{Position, expected, pace};
use crate::domain::access::{Level, Rights};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{ChannelId, TicketNumber};
use crate::domain::page::{PageRequest, Place};
use crate::domain::rejection::Rejection;
use crate::domain::routing::Line;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::storage::read::queue;

/// Entries in one answer.
const BATCH: u32 = 200;
/// Bytes of one answer (L-02).
const ANSWER_BYTES: usize = 1 << 20;
/// Places that are told; whoever stands further back has none.
const PLACES: u64 = 1_000;
/// How long the pace of a channel is good: it is the pace of an hour.
const PACE_AGE: Duration = Duration::from_secs(10);
/// So many batches of events that changed nothing here go by without a sign.
const SILENCE: u32 = 16;

/// What changes who waits, or who sees it.
const KINDS: [EventType; 9] = [
    EventType::QueueEntered,
    EventType::QueueLeft,
    EventType::TicketUpdated,
    EventType::TicketAssigned,
    EventType::TicketUnassigned,
    EventType::TicketShared,
    EventType::TicketExpunged,
    EventType::UserChanged,
    EventType::TeamChanged,
];

/// Where a stream stands, as its token says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueuePlace {
    /// Among those who wait, after this one; changes after this sequence come later.
    #[serde(rename = "s")]
    State(Option<Vec<Place>>, i64),
    /// Among the changes: after this sequence.
    #[serde(rename = "c")]
    Changes(i64),
}

/// What to watch, and from where.
#[derive(Debug)]
pub struct WatchQueue {
    /// Which of those who wait.
    pub line: Line,
    /// The place of a token; none begins with those who wait now.
    pub place: Option<QueuePlace>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// Who waits, came, moved or went; nothing of it is a sign of progress.
#[derive(Debug)]
pub struct QueueNews {
    /// Those who wait, in order; `place` 0 where it is not told.
    pub entries: Vec<Position>,
    /// Those who went.
    pub left: Vec<TicketNumber>,
    /// What was told before is void.
    pub reset: bool,
    /// Where the stream stands after it.
    pub place: QueuePlace,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
    /// Nothing changed.
    pub progress: bool,
}

/// What the caller was told of.
#[derive(Debug)]
enum Told {
    /// Of everybody: an event says who goes.
    Everybody,
    /// Of these.
    These(BTreeSet<TicketNumber>),
}

/// How far the telling has come.
#[derive(Debug, PartialEq)]
enum Phase {
    /// Those who wait are told, from this place on.
    State(Option<Vec<Place>>),
    /// The changes are.
    Changes,
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct QueueWatch {
    inner: events::Watch,
    line: Line,
    phase: Phase,
    told: Told,
    /// By which those who wait were judged.
    rights: Rights,
    /// The next answer voids what was told before.
    reset: bool,
    caught_up: bool,
    silent: u32,
    paces: HashMap<ChannelId, (Timestamp, u64)>,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::Quota`] when too many watch, and the refusals of the place to begin at.
pub async fn watch(service: &Service, grant: Grant, asked: WatchQueue) -> Result<QueueWatch, Rejection> {
    let WatchQueue { line, place, progress, ends } = asked;
    let start = match &place {
        None => Start::Now,
        Some(QueuePlace::State(_, after) | QueuePlace::Changes(after)) => Start::After(*after),
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
    let (rights, told) = (grant.rights().clone(), Told::of(grant.rights(), &line));
    let inner = events::open(service, grant, stream).await?;
    let (phase, reset) = match (place, &told) {
        (None, _) => (Phase::State(None), false),
        (Some(QueuePlace::State(after, _)), Told::Everybody) => (Phase::State(after), false),
        (Some(QueuePlace::Changes(_)), Told::Everybody) => (Phase::Changes, false),
        // What the stream before this one told is not known any more.
        (Some(_), Told::These(_)) => (Phase::State(None), true),
    };
    let (paces, caught_up, silent, over) = (HashMap::new(), false, 0, false);
    Ok(QueueWatch { inner, line, phase, told, rights, reset, caught_up, silent, paces, over })
}

impl Told {
    fn of(rights: &Rights, line: &Line) -> Self {
        let everybody = rights.view.level == Level::All && line.team.is_none();
        if everybody { Self::Everybody } else { Self::These(BTreeSet::new()) }
    }

    fn enter(&mut self, number: TicketNumber) {
        if let Self::These(told) = self {
            told.insert(number);
        }
    }

    /// Whether a ticket that is not among those who wait has to be told as gone.
    fn leave(&mut self, number: TicketNumber, left: bool) -> bool {
        match self {
            Self::Everybody => left,
            Self::These(told) => told.remove(&number),
        }
    }
}

impl QueueWatch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<QueueNews, Rejection>> {
        if self.over {
            return None;
        }
        let news = self.step().await;
        self.over = news.is_err();
        Some(news)
    }

    async fn step(&mut self) -> Result<QueueNews, Rejection> {
        loop {
            if self.phase != Phase::Changes && !self.inner.is_ending() {
                self.inner.judge().await?;
                self.follow_rights();
                return self.page().await;
            }
            let Some(delivery) = self.inner.next().await else { return Err(Rejection::Draining) };
            let delivery = delivery?;
            let first_end = delivery.caught_up && !self.caught_up;
            self.caught_up = delivery.caught_up && self.phase == Phase::Changes;
            self.follow_rights();
            if self.phase != Phase::Changes && !self.inner.is_ending() {
                // Those who wait are told as they are after these events.
                continue;
            }
            let (entries, left) = self.changes(&delivery.events).await?;
            self.silent += 1;
            let changed = !entries.is_empty() || !left.is_empty();
            if changed || first_end || delivery.events.is_empty() || self.silent >= SILENCE {
                return self.answer(entries, left).await;
            }
        }
    }

    /// Begins anew when the caller sees others than before.
    fn follow_rights(&mut self) {
        let rights = self.inner.grant().rights();
        if *rights == self.rights {
            return;
        }
        let all = |rights: &Rights| rights.view.level == Level::All;
        if !all(rights) || !all(&self.rights) {
            (self.phase, self.reset, self.told) = (Phase::State(None), true, Told::of(rights, &self.line));
        }
        self.rights = rights.clone();
    }

    /// The next of those who wait.
    async fn page(&mut self) -> Result<QueueNews, Rejection> {
        let Phase::State(after) = std::mem::replace(&mut self.phase, Phase::Changes) else {
            return self.answer(Vec::new(), Vec::new()).await;
        };
        let request = PageRequest { size: BATCH, bytes: ANSWER_BYTES, after };
        let (service, grant) = (self.inner.service(), self.inner.grant());
        let page = queue::entries(&service.store, grant.account()?, grant.rights(), &self.line, &request).await;
        let page = page.map_err(|error| error.rejection())?;
        page.items.iter().for_each(|ticket| self.told.enter(ticket.number));
        match page.next {
            Some(next) => self.phase = Phase::State(Some(next)),
            None => self.caught_up = self.inner.has_caught_up(),
        }
        let news = self.answer(page.items, Vec::new()).await?;
        Ok(QueueNews { progress: false, ..news })
    }

    /// Who came or moved, and who went, as the tickets of these events are now.
    async fn changes(&mut self, events: &[Arc<Event>]) -> Result<(Vec<Ticket>, Vec<TicketNumber>), Rejection> {
        let mut touched: BTreeMap<TicketNumber, bool> = BTreeMap::new();
        for event in events.iter().filter(|event| self.concerns(event)) {
            let Some(number) = event.ticket else { continue };
            *touched.entry(number).or_default() |=
                matches!(event.kind, EventType::QueueLeft | EventType::TicketExpunged);
        }
        let (service, grant) = (self.inner.service(), self.inner.grant());
        let numbers = touched.keys().copied().collect();
        let found = queue::some(&service.store, grant.account()?, grant.rights(), &numbers).await;
        let mut found = found.map_err(|error| error.rejection())?;
        let (mut entries, mut left) = (Vec::new(), Vec::new());
        for (number, gone) in touched {
            match found.remove(&number) {
                Some(ticket) if ticket.waits() && self.line.has(&ticket) => {
                    self.told.enter(number);
                    entries.push(ticket);
                }
                other => {
                    let gone = gone && other.is_none_or(|ticket| self.line.has(&ticket));
                    if self.told.leave(number, gone) {
                        left.push(number);
                    }
                }
            }
        }
        entries.sort_by_key(|ticket| (ticket.waiting_rank(), ticket.life.routed.waiting_since, ticket.number));
        Ok((entries, left))
    }

    /// Whether an event may change what is told here.
    fn concerns(&self, event: &Event) -> bool {
        match event.kind {
            EventType::QueueEntered | EventType::QueueLeft | EventType::TicketExpunged => true,
            EventType::TicketUpdated => event.fields.iter().any(|field| field.field == "priority"),
            // A team or a share shows a ticket, or hides it.
            EventType::TicketAssigned | EventType::TicketUnassigned | EventType::TicketShared => {
                matches!(self.told, Told::These(_))
            }
            _ => false,
        }
    }

    async fn answer(&mut self, tickets: Vec<Ticket>, left: Vec<TicketNumber>) -> Result<QueueNews, Rejection> {
        self.silent = 0;
        let progress = tickets.is_empty() && left.is_empty();
        let entries = self.placed(tickets).await?;
        let upto = self.inner.position();
        let place = match &self.phase {
            Phase::State(after) => QueuePlace::State(after.clone(), upto),
            Phase::Changes => QueuePlace::Changes(upto),
        };
        let (reset, caught_up) = (std::mem::take(&mut self.reset), self.caught_up);
        Ok(QueueNews { entries, left, reset, place, caught_up, progress })
    }

    /// Tickets with their places: one look at the index per channel, whatever the number of tickets.
    async fn placed(&mut self, tickets: Vec<Ticket>) -> Result<Vec<Position>, Rejection> {
        let channels: BTreeSet<ChannelId> = tickets.iter().filter_map(|ticket| ticket.channel.clone()).collect();
        let mut places = HashMap::new();
        for channel in &channels {
            let (service, account) = (self.inner.service(), self.inner.grant().account()?);
            let found = queue::places(&service.store, account, channel, PLACES).await;
            places.extend(found.map_err(|error| error.rejection())?);
            let now = service.clock.now();
            if self.paces.get(channel).is_none_or(|(time, _)| now.since(*time) >= PACE_AGE) {
                let pace = pace(service, account, channel).await?;
                self.paces.insert(channel.clone(), (now, pace));
            }
        }
        let stands = |ticket: Ticket| {
            let place = places.get(&ticket.number).copied().unwrap_or_default();
            let served = ticket.channel.as_ref().and_then(|channel| self.paces.get(channel)).map(|(_, served)| *served);
            let expected = served.filter(|_| place > 0).and_then(|served| expected(place, served));
            Position { place, expected, waits_for: Vec::new(), ticket }
        };
        Ok(tickets.into_iter().map(stands).collect())
    }
}
