//! The event log for callers: reading it, and streams that follow it (contract 2.11, T3).
//!
//! A stream only reads the log. One [`tail`] per account and replica follows the log for all its watchers and keeps the
//! latest events in memory; a watcher that falls behind reads the log itself. What a caller may see is judged at
//! delivery, on the records as they are then (A2).

mod follow;
mod origin;
mod place;
mod read;
mod retain;
mod seats;
mod sight;
mod tail;
mod wanted;
mod watch;

pub(in crate::service) use follow::Follower;
pub use follow::StreamEnds;
pub use origin::Origins;
pub(in crate::service) use origin::origins;
pub use place::Start;
pub(in crate::service) use place::head as head_of;
pub use read::{ListEvents, LogPage, ResumePlace, get, list, resume_place};
pub use retain::{Retained, retain};
pub(in crate::service) use seats::Seat;
pub use seats::{WatchLimits, Watches};
pub use wanted::Wanted;
pub use watch::{Delivery, Sight, Subject, Watch, WatchEvents, open};

use std::time::Duration;

/// How the event log is kept and followed.
#[derive(Debug, Clone)]
pub struct EventOptions {
    /// How far back the log can be read (L-13).
    pub retention: Duration,
    /// So many events can be read however old they are (L-13).
    pub keep_at_least: u64,
    /// How often a stream says that nothing happened, unless its client asks otherwise (L-11).
    pub progress: Duration,
    /// How often the log is looked at when nothing announces a commit.
    pub poll: Duration,
    /// Latest events kept in memory for the watchers of an account.
    pub buffer_events: usize,
    /// Bytes of events kept in memory for the watchers of an account.
    pub buffer_bytes: usize,
    /// How many may watch.
    pub limits: WatchLimits,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self {
            retention: Duration::from_hours(7 * 24),
            keep_at_least: 100_000,
            progress: Duration::from_secs(15),
            poll: Duration::from_millis(250),
            buffer_events: 1_000,
            buffer_bytes: 1 << 20,
            limits: WatchLimits::default(),
        }
    }
}

/// Bytes of one answer (L-12): an answer ends with the event that reaches this.
const ANSWER_BYTES: usize = 1 << 20;

/// About how many bytes an event takes on the wire.
fn weight(event: &crate::domain::event::Event) -> usize {
    let fields = event.fields.iter().map(|field| field.field.len() + field.before.len() + field.after.len() + 8);
    512 + event.resource.len() + event.request_id.len() + fields.sum::<usize>()
}

/// How many of these events fit into one answer; at least one.
fn fitting<'a>(events: impl Iterator<Item = &'a crate::domain::event::Event>) -> usize {
    let mut bytes = 0;
    let fits = |event: &&crate::domain::event::Event| {
        let room = bytes < ANSWER_BYTES;
        bytes += weight(event);
        room
    };
    events.take_while(fits).count()
}
