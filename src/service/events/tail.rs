//! One reader of the log for all watchers of an account (T3).
//!
//! It has no task of its own: of the watchers that wait, one at a time looks at the log for all of them, and another
//! takes over when that one has something to do or goes away. It wakes on the commits of this replica, and by itself
//! for those of others. Sequences are given out under the account's lock and committed in order, so everything after
//! the last one seen is new and nothing is passed over.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{EventOptions, weight};
use crate::domain::event::Event;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::storage::read::events::{self, Head};
use crate::storage::{Store, StoreError};

/// Events read from the log at a time.
pub(super) const BATCH: u32 = 200;
/// So often in a row may the log be out of reach before watchers are told.
const PATIENCE: u32 = 8;

/// The end of the log of an account, and the events just before it.
#[derive(Debug)]
pub(super) struct Tail {
    store: Store,
    account: AccountId,
    poll: Duration,
    ring: Mutex<Ring>,
    news: watch::Sender<Head>,
    /// Held by the watcher that looks at the log for all: when this replica commits.
    lookout: tokio::sync::Mutex<watch::Receiver<u64>>,
}

/// The latest events, without a gap.
#[derive(Debug)]
struct Ring {
    /// Sequence before the first event held.
    after: i64,
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    most_events: usize,
    most_bytes: usize,
}

impl Tail {
    pub fn new(store: Store, account: AccountId, options: &EventOptions, head: Head) -> Self {
        let lookout = tokio::sync::Mutex::new(store.commits_of(&account));
        let ring = Mutex::new(Ring::new(head.last, options));
        Self { store, account, poll: options.poll, ring, news: watch::Sender::new(head), lookout }
    }

    /// The end of the log as far as it is known.
    pub fn news(&self) -> watch::Receiver<Head> {
        self.news.subscribe()
    }

    /// Up to [`BATCH`] events after `sequence`; nothing when they are no longer in memory.
    pub fn latest(&self, sequence: i64) -> Option<Vec<Arc<Event>>> {
        self.ring().after(sequence)
    }

    /// Waits until there is something that `news` has not seen. Dropping this loses nothing.
    ///
    /// # Errors
    /// The storage's, when it lasts.
    pub async fn changed(&self, news: &mut watch::Receiver<Head>) -> Result<(), Rejection> {
        let told = {
            let mut others = news.clone();
            tokio::select! {
                biased;
                _ = others.changed() => Ok(()),
                mut commits = self.lookout.lock() => self.look(&mut commits, news).await,
            }
        };
        news.mark_unchanged();
        told
    }

    async fn look(&self, commits: &mut watch::Receiver<u64>, news: &watch::Receiver<Head>) -> Result<(), Rejection> {
        let mut failures = 0;
        while !news.has_changed().unwrap_or(true) {
            // Either way it is time to look; the sender lives as long as the store.
            let _ = tokio::time::timeout(self.poll, commits.changed()).await;
            match self.catch_up().await {
                Ok(()) => failures = 0,
                Err(error) if failures == PATIENCE => return Err(error.rejection()),
                Err(error) => {
                    failures += 1;
                    tracing::debug!(%error, account = %self.account, "the event log is out of reach");
                }
            }
        }
        Ok(())
    }

    /// Takes over what was committed since the last look.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let Some(head) = events::head(&self.store, &self.account).await? else { return Ok(()) };
        loop {
            let end = self.ring().end();
            if end >= head.last {
                break;
            }
            let found = events::after(&self.store, &self.account, end, BATCH).await?;
            if found.is_empty() {
                tracing::error!(account = %self.account, end, last = head.last, "the event log has a hole");
                break;
            }
            self.ring().append(found);
        }
        let last = self.ring().end();
        let head = Head { last, ..head };
        self.news.send_if_modified(|known| std::mem::replace(known, head) != head);
        Ok(())
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn new(after: i64, options: &EventOptions) -> Self {
        let (most_events, most_bytes) = (options.buffer_events, options.buffer_bytes);
        Self { after, events: VecDeque::new(), bytes: 0, most_events, most_bytes }
    }

    /// Sequence of the last event held, or that before the first to come.
    fn end(&self) -> i64 {
        self.events.back().map_or(self.after, |event| event.sequence)
    }

    fn append(&mut self, events: Vec<Event>) {
        for event in events {
            self.bytes += weight(&event);
            self.events.push_back(Arc::new(event));
        }
        while self.events.len() > self.most_events || self.bytes > self.most_bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= weight(&oldest);
            self.after = oldest.sequence;
        }
    }

    fn after(&self, sequence: i64) -> Option<Vec<Arc<Event>>> {
        if sequence < self.after {
            return None;
        }
        let skip = usize::try_from(sequence - self.after).unwrap_or(usize::MAX);
        Some(self.events.iter().skip(skip).take(BATCH as usize).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Actor, EventType};
    use crate::domain::time::Timestamp;

    fn events(sequences: std::ops::RangeInclusive<i64>) -> Vec<Event> {
        let event = |sequence| Event {
            sequence,
            kind: EventType::TicketCreated,
            resource: "tickets/1".to_owned(),
            ticket: None,
            ticket_sequence: 0,
            actor: Actor::Visitor,
            cause_root: sequence,
            cause_depth: 0,
            cause_parent: 0,
            fields: Vec::new(),
            request_id: String::new(),
            time: Timestamp::from_micros(sequence),
        };
        sequences.map(event).collect()
    }

    fn sequences(found: Option<Vec<Arc<Event>>>) -> Option<Vec<i64>> {
        found.map(|events| events.iter().map(|event| event.sequence).collect())
    }

    /// L-12: memory is bounded, and whoever asks for what was let go is sent to the log.
    #[test]
    fn the_ring_holds_the_latest_events_and_says_what_it_lost() {
        let mut ring = Ring::new(10, &EventOptions { buffer_events: 3, ..EventOptions::default() });
        assert_eq!(sequences(ring.after(10)), Some(vec![]));
        assert_eq!(sequences(ring.after(9)), None);
        ring.append(events(11..=15));
        assert_eq!((ring.after, ring.end()), (12, 15));
        assert_eq!(sequences(ring.after(12)), Some(vec![13, 14, 15]));
        assert_eq!(sequences(ring.after(14)), Some(vec![15]));
        assert_eq!(sequences(ring.after(20)), Some(vec![]));
        assert_eq!(sequences(ring.after(11)), None);
    }

    #[test]
    fn the_ring_is_bounded_in_bytes_too() {
        let one = weight(&events(1..=1)[0]);
        let mut ring = Ring::new(0, &EventOptions { buffer_bytes: 2 * one, ..EventOptions::default() });
        ring.append(events(1..=9));
        assert_eq!((ring.after, ring.bytes), (7, 2 * one));
    }
}
