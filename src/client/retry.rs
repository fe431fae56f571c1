//! Trying a call again: while the service is away, restarts, or says that it has too much to do.

use std::future::Future;
use std::time::Duration;

use tonic::{Response, Status};

use super::CallError;

/// Longest time between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Time after the first failure.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// How long a call is tried again, and how its tries are spread.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// All tries together.
    pub total: Duration,
    /// Makes callers with the same patience try at different moments.
    pub seed: u64,
}

impl Patience {
    /// For one caller of many.
    pub const fn of(total: Duration, seed: u64) -> Self {
        Self { total, seed }
    }

    /// Time to wait after the failure number `failures` (from 1): twice as long each time, up to 1 s, and between half
    /// and all of that, so that many callers do not come back in the same instant.
    fn pause(self, failures: u32, asked: Option<Duration>) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << failures.clamp(1, 10).saturating_sub(1));
        let longest = doubled.min(LONGEST_PAUSE).max(asked.unwrap_or_default());
        let share = u32::try_from(mixed(self.seed ^ u64::from(failures)) % 512).unwrap_or(0);
        longest / 2 + longest / 1024 * share
    }
}

/// Spreads the bits of a number (the last steps of `SplitMix64`).
const fn mixed(seed: u64) -> u64 {
    let a = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}

/// Makes a call until it is answered: refused for good, or done. Only for calls that may be made twice.
///
/// # Errors
/// [`CallError`] of the first refusal that another try would not change, or of the last try when patience ends.
pub async fn until_answered<T, F, Fut>(patience: Patience, mut call: F) -> Result<T, CallError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Response<T>, Status>>,
{
    let mut last = None;
    let tries = async {
        for failures in 1_u32.. {
            match call().await.map(Response::into_inner).map_err(CallError::from) {
                Err(error) if error.may_pass() => {
                    let pause = patience.pause(failures, error.retry_after);
                    last = Some(error);
                    tokio::time::sleep(pause).await;
                }
                answered => return answered,
            }
        }
        Err(CallError::no_answer(patience.total))
    };
    let outcome = tokio::time::timeout(patience.total, tries).await;
    outcome.unwrap_or_else(|_| Err(last.unwrap_or_else(|| CallError::no_answer(patience.total))))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tonic::Code;

    use super::*;

    const PATIENCE: Patience = Patience::of(Duration::from_mins(1), 7);

    #[test]
    fn pauses_grow_to_a_second_and_differ_between_callers() {
        let pauses: Vec<Duration> = (1..=12).map(|failures| PATIENCE.pause(failures, None)).collect();
        assert!(pauses[0] >= Duration::from_millis(10) && pauses[0] <= Duration::from_millis(20), "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_PAUSE), "{pauses:?}");
        assert!(pauses[11] >= LONGEST_PAUSE / 2, "{pauses:?}");
        let other = Patience { seed: 8, ..PATIENCE };
        assert_ne!(other.pause(9, None), PATIENCE.pause(9, None));
    }

    #[test]
    fn a_longer_pause_that_the_service_asks_for_is_kept() {
        assert!(PATIENCE.pause(1, Some(Duration::from_secs(4))) >= Duration::from_secs(2));
    }

    #[tokio::test]
    async fn a_call_is_made_again_until_it_is_answered() {
        let calls = Cell::new(0);
        let answer = until_answered(PATIENCE, async || {
            calls.set(calls.get() + 1);
            if calls.get() < 4 { Err(Status::unavailable("restarting")) } else { Ok(Response::new(calls.get())) }
        });
        assert_eq!(answer.await, Ok(4));
    }

    #[tokio::test]
    async fn a_refusal_ends_it_at_once_and_patience_ends_it_at_last() {
        let calls = Cell::new(0);
        let refused = until_answered(PATIENCE, async || {
            calls.set(calls.get() + 1);
            Err::<Response<()>, _>(Status::permission_denied("no"))
        });
        assert_eq!(refused.await.map_err(|error| error.code), Err(Code::PermissionDenied));
        assert_eq!(calls.get(), 1);
        let short = Patience { total: Duration::from_millis(50), ..PATIENCE };
        let away = until_answered(short, async || Err::<Response<()>, _>(Status::unavailable("away")));
        assert_eq!(away.await.map_err(|error| error.message), Err("away".to_owned()));
    }
}
