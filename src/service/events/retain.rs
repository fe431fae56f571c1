//! Letting go of old events (L-13, C4).

use std::time::Duration;

use super::place;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::storage::sweep;

/// Events stay so much longer than they can be reached: nobody who is still reading them finds a hole.
const SLACK: Duration = Duration::from_hours(1);

/// How far old events were let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retained {
    /// Everything up to this sequence was looked at.
    pub upto: i64,
    /// Whether more is old enough.
    pub more: bool,
}

/// Deletes a chunk of events out of reach that belong to no ticket, after the sequence that was looked at before.
///
/// # Errors
/// The storage's.
pub async fn retain(service: &Service, account: &AccountId, after: i64) -> Result<Retained, Rejection> {
    let since = service.clock.now().minus(service.watches.options().retention).minus(SLACK);
    let end = place::reach_since(service, account, since).await?.first - 1;
    if after >= end {
        return Ok(Retained { upto: after, more: false });
    }
    let deleted = sweep::events_of_no_ticket(&service.store, account, after, end).await;
    deleted.map_err(|error| error.rejection())?;
    let upto = end.min(after + sweep::CHUNK);
    Ok(Retained { upto, more: upto < end })
}
