//! How many calls the process works on at once (L-14, F-12).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::in_flight::Learned;
use crate::grpc::server::limits::{EdgeLimits, jittered};
use crate::grpc::server::methods::{is_health, uploads};
use crate::grpc::server::refuse::answer;
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::status::Refusal;

/// When a client that was sent away may come back, give or take a tenth.
const COME_BACK: Duration = Duration::from_millis(200);

/// Gives calls their turn: at once, after a short wait, or never, and then says so quickly. Saying no costs little, and
/// a call that waits longer than its client is work for nobody. As many may wait as may be worked on. Health checks
/// never wait. Nor do uploads, which last as long as their client likes and have a limit of their own.
#[derive(Debug)]
pub struct LoadLimit {
    turns: Semaphore,
    state: Mutex<State>,
    longest_wait: Duration,
    refused: AtomicU64,
}

#[derive(Debug)]
struct State {
    learned: Learned,
    in_flight: usize,
    waiting: usize,
    /// Turns that are given to calls under way and will be taken back with them: the limit was lowered.
    overdrawn: usize,
}

impl LoadLimit {
    /// The limits of one process.
    pub fn new(limits: &EdgeLimits) -> Self {
        let learned = Learned::new(limits.in_flight);
        Self {
            turns: Semaphore::new(learned.limit()),
            state: Mutex::new(State { learned, in_flight: 0, waiting: 0, overdrawn: 0 }),
            longest_wait: limits.wait_for_turn,
            refused: AtomicU64::new(0),
        }
    }

    async fn turn(&self) -> Result<Turn<'_>, Refusal> {
        if let Ok(permit) = self.turns.try_acquire() {
            return Ok(Turn::begin(self, permit));
        }
        let _waiting = Waiting::begin(self).ok_or_else(|| self.overloaded())?;
        match timeout(self.longest_wait, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(Turn::begin(self, permit)),
            _ => Err(self.overloaded()),
        }
    }

    fn overloaded(&self) -> Refusal {
        let after = jittered(COME_BACK, self.refused.fetch_add(1, Ordering::Relaxed));
        Refusal::new(ErrorReason::ServerOverloaded, "too many calls at once; nothing was done").retry_after(after)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Around for LoadLimit {
    const NAME: &'static str = "load limit";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        let path = request.uri().path();
        if is_health(path) || uploads(path) {
            return next.run(request).await;
        }
        match self.turn().await {
            Ok(_turn) => next.run(request).await,
            Err(refusal) => answer(refusal),
        }
    }
}

/// A call that is worked on, until it is dropped: also by its client or its deadline.
#[derive(Debug)]
struct Turn<'a> {
    limit: &'a LoadLimit,
    permit: Option<SemaphorePermit<'a>>,
    begun: Instant,
}

impl<'a> Turn<'a> {
    fn begin(limit: &'a LoadLimit, permit: SemaphorePermit<'a>) -> Self {
        limit.state().in_flight += 1;
        Self { limit, permit: Some(permit), begun: Instant::now() }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.limit.state();
        let before = state.learned.limit();
        let in_flight = state.in_flight;
        state.learned.learn(now - self.begun, in_flight, now);
        state.in_flight -= 1;
        let after = state.learned.limit();
        if after < before {
            let lowered = before - after;
            state.overdrawn += lowered - self.limit.turns.forget_permits(lowered);
        } else if after > before {
            let repaid = (after - before).min(state.overdrawn);
            state.overdrawn -= repaid;
            self.limit.turns.add_permits(after - before - repaid);
        }
        if state.overdrawn > 0 {
            state.overdrawn -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

/// A place in the queue, given back when dropped: also by a client that goes away.
struct Waiting<'a>(&'a LoadLimit);

impl<'a> Waiting<'a> {
    fn begin(limit: &'a LoadLimit) -> Option<Self> {
        let mut state = limit.state();
        if state.waiting >= state.learned.limit() {
            return None;
        }
        state.waiting += 1;
        Some(Self(limit))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::server::limits::InFlight;
    use futures_util::FutureExt;

    fn limit(start: usize, slow: Duration) -> LoadLimit {
        let in_flight = InFlight { start, least: 1, most: 100, slow };
        LoadLimit::new(&EdgeLimits { in_flight, wait_for_turn: Duration::from_millis(20), ..EdgeLimits::default() })
    }

    fn quick(start: usize) -> LoadLimit {
        limit(start, Duration::from_mins(1))
    }

    #[tokio::test]
    async fn a_call_beyond_the_limit_waits_a_short_while_and_is_sent_away() {
        let limit = quick(1);
        let _held = limit.turn().await.expect("the first has its turn");
        let begun = Instant::now();
        let refused = limit.turn().await.expect_err("no turn is left");
        assert!(begun.elapsed().as_millis() >= 20);
        assert_eq!(refused.name(), "SERVER_OVERLOADED");
        assert_eq!(limit.state().waiting, 0);
    }

    #[tokio::test]
    async fn a_turn_that_is_given_back_goes_to_who_waits() {
        let limit = quick(1);
        let held = limit.turn().await.expect("the first has its turn");
        let (second, ()) = tokio::join!(limit.turn(), async { drop(held) });
        assert!(second.is_ok());
        assert_eq!(limit.state().waiting, 0);
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_sent_away_at_once() {
        let limit = quick(1);
        let _held = limit.turn().await.expect("the first has its turn");
        let mut waits = Box::pin(limit.turn());
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
        assert!(limit.turn().now_or_never().is_some_and(|turn| turn.is_err()), "without any wait");
    }

    #[tokio::test]
    async fn a_lower_limit_takes_turns_back_as_they_end_and_a_higher_one_gives_them() {
        let limit = limit(20, Duration::ZERO);
        let mut held = Vec::new();
        for _ in 0..20 {
            held.push(limit.turn().await.expect("a turn"));
        }
        held.truncate(19);
        assert_eq!(limit.state().learned.limit(), 18, "every call counts as slow here");
        assert_eq!(limit.turns.available_permits(), 0);
        held.clear();
        assert_eq!((limit.turns.available_permits(), limit.state().overdrawn), (18, 0));
        let limit = quick(1);
        drop(limit.turn().await);
        assert_eq!(limit.turns.available_permits(), 2, "one quick call at a limit of one");
    }
}
