//! Places in the log: where a reader may begin.

use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::storage::read::events::{self, Head};

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After everything that has happened.
    Now,
    /// Before everything within reach.
    Oldest,
    /// Before the first event at or after this time.
    At(Timestamp),
    /// After this sequence.
    After(i64),
}

/// The part of the log that can be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// The first sequence within reach, which may be one that does not exist yet.
    pub first: i64,
    /// The end of the log.
    pub head: Head,
    /// Older than this is only kept by number.
    pub since: Timestamp,
}

impl Reach {
    /// Whether a reader who has seen everything up to `sequence` lost nothing.
    pub fn holds(&self, sequence: i64) -> bool {
        sequence + 1 >= self.first
    }
}

/// Where the log of `account` stands.
pub(in crate::service) async fn head(service: &Service, account: &AccountId) -> Result<Head, Rejection> {
    let head = events::head(&service.store, account).await.map_err(|error| error.rejection())?;
    head.ok_or_else(|| Rejection::NotFound { resource: format!("accounts/{account}") })
}

/// What of the log of `account` can be read now (L-13).
pub(super) async fn reach(service: &Service, account: &AccountId) -> Result<Reach, Rejection> {
    reach_since(service, account, service.clock.now().minus(service.watches.options().retention)).await
}

/// The same, with `since` as the oldest time that is kept.
pub(super) async fn reach_since(service: &Service, account: &AccountId, since: Timestamp) -> Result<Reach, Rejection> {
    let head = head(service, account).await?;
    let kept = i64::try_from(service.watches.options().keep_at_least).unwrap_or(i64::MAX);
    let by_number = head.last.saturating_sub(kept).max(0) + 1;
    if by_number == 1 {
        return Ok(Reach { first: 1, head, since });
    }
    let recent = events::first_since(&service.store, account, since).await.map_err(|error| error.rejection())?;
    let by_time = recent.map_or(head.last + 1, |(sequence, _)| sequence);
    Ok(Reach { first: by_number.min(by_time), head, since })
}

/// The sequence after which a reader begins.
pub(super) async fn begin(
    service: &Service,
    account: &AccountId,
    reach: &Reach,
    start: Start,
) -> Result<i64, Rejection> {
    match start {
        Start::Now => Ok(reach.head.last),
        Start::Oldest => Ok(reach.first - 1),
        // A place that this log has not reached: of another database, or of one that was set back.
        Start::After(sequence) if sequence > reach.head.last => Err(Rejection::ResumeToken),
        Start::After(sequence) if reach.holds(sequence) => Ok(sequence),
        Start::After(_) => Err(compacted(service, account, reach).await?),
        Start::At(time) => at(service, account, reach, time).await,
    }
}

async fn at(service: &Service, account: &AccountId, reach: &Reach, time: Timestamp) -> Result<i64, Rejection> {
    if reach.first > 1 && time < reach.since && time < oldest(service, account, reach).await?.unwrap_or(reach.since) {
        return Err(compacted(service, account, reach).await?);
    }
    let first = events::first_since(&service.store, account, time).await.map_err(|error| error.rejection())?;
    Ok(first.map_or(reach.head.last, |(sequence, _)| sequence.max(reach.first) - 1))
}

/// The time of the oldest event within reach.
pub(super) async fn oldest(
    service: &Service,
    account: &AccountId,
    reach: &Reach,
) -> Result<Option<Timestamp>, Rejection> {
    let first = events::first_from(&service.store, account, reach.first).await.map_err(|error| error.rejection())?;
    Ok(first.map(|(_, time)| time))
}

/// The refusal of a place that is no longer kept.
pub(super) async fn compacted(service: &Service, account: &AccountId, reach: &Reach) -> Result<Rejection, Rejection> {
    let oldest = oldest(service, account, reach).await?.unwrap_or(reach.since);
    Ok(Rejection::ResumeTokenCompacted { oldest })
}
