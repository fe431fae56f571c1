//! The three stages of a shutdown (reliability F-13, L-28).

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the stages of a shutdown last, each counted from the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainTimes {
    /// The service goes on as usual for this long, so that load balancers learn that it is no longer ready before it
    /// refuses anything. Default 3 s.
    pub settle: Duration,
    /// What still runs is dropped after this. Default 15 s.
    pub hard_end: Duration,
    /// The process ends after this even if its runtime hangs. Default 20 s.
    pub exit: Duration,
}

impl Default for DrainTimes {
    fn default() -> Self {
        Self { settle: Duration::from_secs(3), hard_end: Duration::from_secs(15), exit: Duration::from_secs(20) }
    }
}

/// A shutdown in three stages, seen by everybody who holds a clone.
///
/// 1. *draining*: the service says that it is not ready, and goes on as usual;
/// 2. *closing*: nothing new is accepted, connections are told to go away, streams end with a resume token;
/// 3. *hard*: what still runs is dropped.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    closing: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// A shutdown that nobody has asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the shutdown. Asking again changes nothing.
    pub fn begin(&self) {
        self.draining.cancel();
    }

    /// Goes to the second stage at once: for tests, and for an end without a settle time.
    pub fn close(&self) {
        self.begin();
        self.closing.cancel();
    }

    /// Goes to the last stage at once.
    pub fn end(&self) {
        self.close();
        self.hard.cancel();
    }

    /// Whether the shutdown was asked for: the service must not be called ready any more.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Cancelled when the shutdown is asked for.
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Cancelled when nothing new is accepted any more and streams have to end.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Cancelled when everything is dropped.
    pub fn hard(&self) -> &CancellationToken {
        &self.hard
    }

    /// Leads through the stages in their time, once the shutdown was asked for; returns after the last one.
    pub async fn run(&self, times: DrainTimes) {
        self.draining.cancelled().await;
        let asked = Instant::now();
        tracing::info!(settle = ?times.settle, hard_end = ?times.hard_end, "draining");
        self.hard.run_until_cancelled(tokio::time::sleep_until(asked + times.settle)).await;
        self.close();
        self.hard.run_until_cancelled(tokio::time::sleep_until(asked + times.hard_end)).await;
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(shutdown: &Shutdown) -> [bool; 3] {
        [shutdown.draining(), shutdown.closing(), shutdown.hard()].map(CancellationToken::is_cancelled)
    }

    #[tokio::test]
    async fn the_stages_follow_each_other_in_their_times() {
        let times = DrainTimes {
            settle: Duration::from_millis(20),
            hard_end: Duration::from_millis(60),
            ..DrainTimes::default()
        };
        let shutdown = Shutdown::new();
        let begun = Instant::now();
        let watcher = shutdown.clone();
        let watch = async move {
            watcher.closing().cancelled().await;
            let closed = begun.elapsed();
            let stages_then = stages(&watcher);
            watcher.hard().cancelled().await;
            (closed, stages_then, begun.elapsed())
        };
        shutdown.begin();
        let ((closed, stages_then, ended), ()) = tokio::join!(watch, shutdown.run(times));
        assert!(closed >= times.settle);
        assert_eq!(stages_then, [true, true, false]);
        assert!(ended >= times.hard_end);
    }

    #[tokio::test]
    async fn a_second_wish_ends_everything_at_once() {
        let shutdown = Shutdown::new();
        shutdown.begin();
        assert_eq!(stages(&shutdown), [true, false, false]);
        let begun = Instant::now();
        tokio::join!(shutdown.run(DrainTimes::default()), async { shutdown.end() });
        assert!(begun.elapsed() < Duration::from_secs(1), "no stage was waited for");
        assert_eq!(stages(&shutdown), [true; 3]);
    }
}
