//! What happens to a job after a run: pure decisions.

use std::time::Duration;

use super::{JobError, Next};
use crate::storage::jobs::{Finish, Job};

/// Wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait.
pub(super) const LONGEST: Duration = Duration::from_mins(15);

/// How long to wait after the try of this number (from 1): twice as long each time, up to a bound, and between half of
/// that and all of it, so that what failed together does not come back together.
pub fn backoff(attempt: u32, seed: u64) -> Duration {
    backoff_within(FIRST, LONGEST, attempt, seed)
}

/// The same, with the wait after the first try and the longest one as given.
pub fn backoff_within(first: Duration, longest: Duration, attempt: u32, seed: u64) -> Duration {
    let full = first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX)).min(longest);
    let half = full / 2;
    let spread = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_millis(seed % spread)
}

/// How a job ends whose run gave `result`.
pub(super) fn finish(job: &Job, result: Result<Next, JobError>, attempts: u32, seed: u64) -> Finish {
    match result {
        Ok(Next::Done) => Finish::Done,
        Ok(Next::Again { after, payload }) => Finish::Again { due: job.now.plus(after), payload },
        Err(JobError(error)) if job.attempt >= attempts => Finish::Parked { error },
        Err(JobError(error)) => Finish::Failed { due: job.now.plus(backoff(job.attempt, seed)), error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_never_all_at_once() {
        let bounds = |attempt| (backoff(attempt, 0), backoff(attempt, u64::MAX));
        for (attempt, seconds) in [(1, 1), (2, 2), (5, 16), (20, 900), (u32::MAX, 900)] {
            let (least, most) = bounds(attempt);
            let full = Duration::from_secs(seconds);
            assert!(least == full / 2 && most >= least && most < full, "{attempt}: {least:?} to {most:?}");
        }
        assert_ne!(backoff(5, 1), backoff(5, 2));
    }
}
