//! How many calls the process works on at once (L-14, F-12).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tonic::Status;

use crate::grpc::server::limits::{EdgeLimits, jittered};
use crate::grpc::server::methods::is_health;
use crate::grpc::server::refuse::{reason, refuse_for_now};
use crate::grpc::server::stage::{Around, Next, Request, Response};

/// When a client that was sent away may come back, give or take a tenth.
const COME_BACK: Duration = Duration::from_millis(200);

/// Gives calls their turn: at once, after a short wait, or never, and then says so quickly. Saying no costs little, and
/// a call that waits longer than its client is work for nobody. Health checks never wait.
pub struct LoadLimit {
    turns: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
    longest_wait: Duration,
    refused: AtomicU64,
}

impl LoadLimit {
    /// The limits of one process.
    pub fn new(limits: &EdgeLimits) -> Self {
        Self {
            turns: Semaphore::new(limits.calls_in_flight),
            waiting: AtomicUsize::new(0),
            most_waiting: limits.calls_waiting,
            longest_wait: Duration::from_millis(limits.wait_for_turn_ms),
            refused: AtomicU64::new(0),
        }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Status> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn);
        }
        let _waiting = Waiting::begin(&self.waiting, self.most_waiting).ok_or_else(|| self.overloaded())?;
        match timeout(self.longest_wait, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(self.overloaded()),
        }
    }

    fn overloaded(&self) -> Status {
        let after = jittered(COME_BACK, self.refused.fetch_add(1, Ordering::Relaxed));
        refuse_for_now(reason::SERVER_OVERLOADED, "too many calls at once; nothing was done", after)
    }
}

impl Around for LoadLimit {
    const NAME: &'static str = "load limit";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        if is_health(request.uri().path()) {
            return next.run(request).await;
        }
        match self.turn().await {
            Ok(_turn) => next.run(request).await,
            Err(status) => status.into_http(),
        }
    }
}

/// A place in the queue, given back when dropped: also by a client that goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize, most: usize) -> Option<Self> {
        let place = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tonic::Code;
    use tonic_types::StatusExt;

    fn limit(calls_in_flight: usize, calls_waiting: usize) -> LoadLimit {
        LoadLimit::new(&EdgeLimits { calls_in_flight, calls_waiting, wait_for_turn_ms: 20, ..EdgeLimits::default() })
    }

    #[tokio::test]
    async fn a_call_beyond_the_limit_waits_a_short_while_and_is_sent_away() {
        let limit = limit(1, 1);
        let _held = limit.turn().await.expect("the first has its turn");
        let begun = tokio::time::Instant::now();
        let refused = limit.turn().await.expect_err("no turn is left");
        assert!(begun.elapsed().as_millis() >= 20);
        assert_eq!(refused.code(), Code::Unavailable);
        let delay = refused.get_details_retry_info().and_then(|info| info.retry_delay).expect("says when to come back");
        assert!((180..=220).contains(&delay.as_millis()));
    }

    #[tokio::test]
    async fn a_turn_that_is_given_back_goes_to_who_waits() {
        let limit = limit(1, 1);
        let held = limit.turn().await.expect("the first has its turn");
        let (second, ()) = tokio::join!(limit.turn(), async { drop(held) });
        assert!(second.is_ok());
        assert_eq!(limit.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_sent_away_at_once() {
        let limit = limit(1, 0);
        let _held = limit.turn().await.expect("the first has its turn");
        assert!(limit.turn().now_or_never().is_some_and(|turn| turn.is_err()), "without any wait");
        assert_eq!(limit.waiting.load(Ordering::Relaxed), 0);
    }
}
