//! Figures about how long calls took.

use std::time::Duration;

/// The times of many calls, for percentiles.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one call.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds those of another client.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that `percent` of the calls did not exceed (nearest rank), in milliseconds; 0 without calls.
    pub fn percentile_ms(&mut self, percent: usize) -> f64 {
        self.0.sort_unstable();
        let rank = (self.0.len() * percent).div_ceil(100);
        let time = self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default();
        rounded(time.as_secs_f64() * 1_000.0)
    }

    /// The mean of the last few calls: what half of the next one is guessed from.
    pub fn recent_mean(&self) -> Option<Duration> {
        let last = self.0.rchunks(16).next()?;
        let count = u32::try_from(last.len()).ok()?;
        Some(last.iter().sum::<Duration>() / count)
    }
}

/// Three digits after the point: more would only pretend.
pub fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: impl IntoIterator<Item = u64>) -> Times {
        Times(milliseconds.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut hundred = times((1..=100).rev());
        assert_eq!([50, 99, 100].map(|it| hundred.percentile_ms(it).to_bits()), [50.0, 99.0, 100.0].map(f64::to_bits));
        assert_eq!(times([7]).percentile_ms(99).to_bits(), 7.0_f64.to_bits());
        assert_eq!(times([]).percentile_ms(50).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_recent_mean_forgets_what_is_long_ago() {
        let mut slow_then_fast = times([1_000; 10]);
        slow_then_fast.merge(times([2; 16]));
        assert_eq!(slow_then_fast.recent_mean(), Some(Duration::from_millis(2)));
        assert_eq!(times([]).recent_mean(), None);
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(rounded(1.234_56).to_bits(), 1.235_f64.to_bits());
    }
}
