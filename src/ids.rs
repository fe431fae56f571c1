//! The only place that random ids and random bytes come from.
//!
//! Record ids are UUID version 7 (RFC 9562): made before the row is written, and near each other in the index.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::{Builder, Uuid};

use crate::domain::time::Timestamp;

/// A source of random ids and bytes; cheap to share behind an `Arc`.
pub struct Ids(Source);

enum Source {
    /// The operating system's generator, through the cryptographic library.
    System,
    /// Repeatable, for tests only: whoever knows the seed knows every id and secret.
    Seeded(Box<Mutex<StdRng>>),
}

impl Ids {
    /// Unpredictable ids, as production needs them.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same ids on every run. Never for secrets that guard anything.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Box::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// A new UUID version 7 for a record made at `now`.
    ///
    /// The twelve bits behind the milliseconds hold the fraction of the millisecond (RFC 9562, section 6.2, method 3), so
    /// that ids made in the same millisecond still sort by time.
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let mut random = self.bytes::<10>();
        random[..2].copy_from_slice(&sub_millisecond(now).to_be_bytes());
        Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid()
    }

    /// `N` random bytes, for secrets and nonces.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done then.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes"),
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A seed for the random choices of one operation (decision W2: fixed before it runs, so that it can run again).
    pub fn seed(&self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }
}

/// The fraction of the millisecond of `now`, scaled to twelve bits.
fn sub_millisecond(now: Timestamp) -> u16 {
    let micros = now.as_micros().rem_euclid(1_000);
    u16::try_from(micros * 4_096 / 1_000).unwrap_or(0)
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Ids(system)",
            Source::Seeded(_) => "Ids(seeded)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_id_is_a_version_7_uuid_of_its_time() {
        let now = Timestamp::parse_rfc3339("2026-11-21T19:00:00.25Z").expect("valid");
        let id = Ids::system().uuid(now);
        assert_eq!(id.get_version_num(), 7);
        let (seconds, nanos) = id.get_timestamp().expect("has a time").to_unix();
        assert_eq!(i128::from(seconds) * 1_000 + i128::from(nanos) / 1_000_000, i128::from(now.as_millis()));
    }

    #[test]
    fn ids_of_one_millisecond_sort_by_their_microseconds() {
        let ids = Ids::system();
        let made: Vec<Uuid> = (0..1_000).map(|micros| ids.uuid(Timestamp::from_micros(micros))).collect();
        assert!(made.is_sorted());
    }

    #[test]
    fn ten_thousand_ids_of_one_instant_are_different() {
        let ids = Ids::system();
        let now = Timestamp::from_micros(1_000);
        assert_eq!((0..10_000).map(|_| ids.uuid(now)).collect::<BTreeSet<_>>().len(), 10_000);
    }

    #[test]
    fn seeded_ids_repeat_and_system_ids_do_not() {
        assert_eq!(Ids::seeded(7).bytes::<32>(), Ids::seeded(7).bytes::<32>());
        assert_ne!(Ids::seeded(7).seed(), Ids::seeded(8).seed());
        assert_ne!(Ids::system().bytes::<32>(), Ids::system().bytes::<32>());
    }
}
