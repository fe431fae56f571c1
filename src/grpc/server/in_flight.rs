//! How many calls at once are good: a pure rule over the times that they take (L-14).
//!
//! Additive increase, multiplicative decrease. A rule that compares latencies with those of before (a gradient) was not
//! taken: calls of very different cost share this limit, and a change of their mix looks like overload to it.

use std::time::Duration;

use tokio::time::Instant;

use super::limits::InFlight;

/// After a decrease the calls that were begun before it are not held against the new limit for this long.
const CALM: Duration = Duration::from_millis(100);

/// The present limit and what it is learned from.
#[derive(Debug, Clone)]
pub struct Learned {
    bounds: InFlight,
    limit: usize,
    quick: usize,
    lowered: Option<Instant>,
}

impl Learned {
    /// Nothing is learned yet.
    pub fn new(bounds: InFlight) -> Self {
        Self { bounds, limit: bounds.start, quick: 0, lowered: None }
    }

    /// The present limit.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Learns from a call that took `took` while `in_flight` were worked on, itself among them: a slow one lowers the
    /// limit by a tenth, as many quick ones as the limit raise it by one, if it is needed at all.
    pub fn learn(&mut self, took: Duration, in_flight: usize, now: Instant) {
        if took > self.bounds.slow {
            self.lower(now);
        } else if in_flight * 2 >= self.limit {
            self.quick += 1;
            if self.quick >= self.limit {
                self.quick = 0;
                self.limit = (self.limit + 1).min(self.bounds.most);
            }
        }
    }

    fn lower(&mut self, now: Instant) {
        self.quick = 0;
        if self.lowered.is_some_and(|lowered| now < lowered + CALM) {
            return;
        }
        self.lowered = Some(now);
        self.limit = (self.limit - self.limit.div_ceil(10)).max(self.bounds.least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(5);
    const SLOW: Duration = Duration::from_millis(501);

    fn learned() -> Learned {
        Learned::new(InFlight { start: 20, least: 8, most: 22, slow: Duration::from_millis(500) })
    }

    #[test]
    fn quick_calls_raise_the_limit_while_it_is_needed() {
        let (mut learned, now) = (learned(), Instant::now());
        for _ in 0..19 {
            learned.learn(QUICK, 20, now);
        }
        assert_eq!(learned.limit(), 20);
        learned.learn(QUICK, 20, now);
        assert_eq!(learned.limit(), 21);
        for _ in 0..1_000 {
            learned.learn(QUICK, 9, now);
        }
        assert_eq!(learned.limit(), 21, "half of it was not used");
        for _ in 0..1_000 {
            learned.learn(QUICK, 20, now);
        }
        assert_eq!(learned.limit(), 22, "the upper bound");
    }

    #[test]
    fn slow_calls_lower_it_by_a_tenth_at_a_time_and_never_below_its_bound() {
        let (mut learned, now) = (learned(), Instant::now());
        for _ in 0..5 {
            learned.learn(SLOW, 20, now);
        }
        assert_eq!(learned.limit(), 18, "the slow calls of one moment count once");
        learned.learn(SLOW, 20, now + CALM);
        assert_eq!(learned.limit(), 16);
        for times in 2..50 {
            learned.learn(SLOW, 20, now + times * CALM);
        }
        assert_eq!(learned.limit(), 8, "the lower bound");
    }
}
