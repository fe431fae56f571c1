//! How often something happened lately, by the hour or the day: what limits are held against (L-25, L-27).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// A count that begins anew with the first time after an hour.
pub type PerHour = Lately<3_600>;
/// A count that begins anew with the first time after a day.
pub type PerDay = Lately<86_400>;

/// A count that begins anew with the first time after so many seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lately<const SECONDS: u64> {
    /// The first time of this span; none: never.
    pub since: Option<Timestamp>,
    /// How often since then.
    pub times: i64,
}

impl<const SECONDS: u64> Lately<SECONDS> {
    /// How often it happened in this span.
    pub fn so_far(&self, now: Timestamp) -> i64 {
        if self.since.is_some_and(|since| now.since(since) < Duration::from_secs(SECONDS)) { self.times } else { 0 }
    }

    /// Counts once more; says how often it is now.
    pub fn count(&mut self, now: Timestamp) -> i64 {
        self.times = self.so_far(now) + 1;
        if self.times == 1 {
            self.since = Some(now);
        }
        self.times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_with_its_first_time() {
        let at = |minutes: i64| Timestamp::from_micros(minutes * 60_000_000);
        let mut count = PerHour::default();
        assert_eq!([0, 10, 59].map(|minute| count.count(at(minute))), [1, 2, 3]);
        assert_eq!((count.so_far(at(59)), count.so_far(at(60))), (3, 0));
        assert_eq!([60, 119, 120].map(|minute| count.count(at(minute))), [1, 2, 1]);
        let mut day = PerDay::default();
        assert_eq!([0, 60, 1_439, 1_440].map(|minute| day.count(at(minute))), [1, 2, 3, 1]);
    }
}
