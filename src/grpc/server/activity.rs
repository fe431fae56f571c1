//! What a connection is seen doing, shared between its bytes, its streams and whoever judges it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::time::Instant;

/// The state of one connection.
#[derive(Debug)]
pub struct Activity {
    accepted: Instant,
    spoke_http2: AtomicBool,
    streams: AtomicUsize,
    /// When the last stream ended, in milliseconds after `accepted`.
    quiet_since_ms: AtomicU64,
    preface_came: Notify,
}

/// The state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Whether the client has sent its HTTP/2 preface.
    pub spoke_http2: bool,
    /// Calls under way.
    pub streams: usize,
    /// Since when there is no call; the time of acceptance before the first.
    pub quiet_since: Instant,
}

impl Activity {
    /// A connection that was accepted at `accepted`.
    pub fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            spoke_http2: AtomicBool::new(false),
            streams: AtomicUsize::new(0),
            quiet_since_ms: AtomicU64::new(0),
            preface_came: Notify::new(),
        }
    }

    /// Notes that the HTTP/2 preface has come.
    pub fn note_preface(&self) {
        self.spoke_http2.store(true, Ordering::Relaxed);
        self.preface_came.notify_one();
    }

    /// Counts a stream until the result is dropped.
    pub fn stream(self: &Arc<Self>) -> CountedStream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        CountedStream(Arc::clone(self))
    }

    /// Waits until the preface has come; once.
    pub async fn preface_came(&self) {
        self.preface_came.notified().await;
    }

    /// The state now.
    pub fn seen(&self) -> Seen {
        let quiet_since = std::time::Duration::from_millis(self.quiet_since_ms.load(Ordering::Relaxed));
        Seen {
            spoke_http2: self.spoke_http2.load(Ordering::Relaxed),
            streams: self.streams.load(Ordering::Relaxed),
            quiet_since: self.accepted + quiet_since,
        }
    }
}

/// One stream under way.
#[derive(Debug)]
pub struct CountedStream(Arc<Activity>);

impl Drop for CountedStream {
    fn drop(&mut self) {
        let elapsed = u64::try_from(self.0.accepted.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.quiet_since_ms.store(elapsed, Ordering::Relaxed);
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}
