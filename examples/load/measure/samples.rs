//! Latencies of one measurement and what they come to.

use std::time::Duration;

use serde::Serialize;

/// What the clients saw.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Of each call that was answered, in microseconds.
    latencies: Vec<u32>,
    /// Calls that were refused or failed.
    errors: u64,
    /// What the first of them said.
    first_error: Option<String>,
}

/// What a measurement comes to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Calls answered.
    pub requests: usize,
    /// Calls refused or failed.
    pub errors: u64,
    /// What the first of them said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    /// Calls answered per second.
    pub per_second: f64,
    /// Median latency.
    pub p50_ms: f64,
    /// Latency that one call in a hundred exceeded.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Tally {
    /// Adds an answered call.
    pub fn answered(&mut self, took: Duration) {
        self.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds a call that failed.
    pub fn failed(&mut self, why: impl FnOnce() -> String) {
        self.errors += 1;
        self.first_error.get_or_insert_with(why);
    }

    /// Adds what another client saw.
    pub fn merge(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        if self.first_error.is_none() {
            self.first_error = other.first_error;
        }
    }

    /// The figures of a measurement that took `length`.
    pub fn summary(mut self, length: Duration) -> Summary {
        self.latencies.sort_unstable();
        Summary {
            requests: self.latencies.len(),
            errors: self.errors,
            per_second: count(self.latencies.len()) / length.as_secs_f64(),
            p50_ms: self.percentile(50),
            p99_ms: self.percentile(99),
            max_ms: self.percentile(100),
            first_error: self.first_error,
        }
    }

    /// The nearest rank, in milliseconds; 0 without any call.
    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.latencies.len() * percent).div_ceil(100).max(1);
        self.latencies.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }
}

/// A count as a number to divide.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
