//! Calls of which nobody says any more how they go on, because the adapter of the telephone system died or forgot them: they
//! end by time, so that a missed one leaves its ticket (C-062) and whoever took one is rung again (C-061).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{EndCall, find, lapse_time, ring_of};
use crate::domain::ids::{AccountId, CallId, ChannelId};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};
use crate::storage::read::{calls, channels};

/// Kind of the job that ends calls by time; one per account that has any going on.
pub const LAPSE_CALLS: &str = "lapse_calls";
/// Calls that one run of the job ends.
const AT_ONCE: usize = 32;

/// Ends the calls whose time is over, and says after how long to look again; none when no call goes on.
///
/// # Errors
/// The storage's.
pub async fn lapse_due(service: &Service, account: &AccountId) -> Result<Option<Duration>, Rejection> {
    let now = service.store.now(service.store.reader()).await.map_err(|error| error.rejection())?;
    let live = by_time(service, account).await?;
    let over = live.partition_point(|(due, _)| *due <= now).min(AT_ONCE);
    for (_, call) in live.iter().take(over) {
        let grant = Grant::system(account.clone(), LAPSE_CALLS);
        let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
        service.write(&grant, WriteCall::default(), Lapse { call: *call, now }, encoder).await?;
    }
    Ok(live.get(over).map(|(due, _)| due.since(now)))
}

/// The calls that go on, the first to end first.
async fn by_time(service: &Service, account: &AccountId) -> Result<Vec<(Timestamp, CallId)>, Rejection> {
    let live = calls::live(&service.store, account).await.map_err(|error| error.rejection())?;
    let named: BTreeSet<ChannelId> = live.iter().map(|call| call.channel.clone()).collect();
    let mut rings = BTreeMap::new();
    for id in named {
        let channel = channels::get(&service.store, account, &id).await.map_err(|error| error.rejection())?;
        rings.insert(id, ring_of(channel.as_ref()));
    }
    let ring = |id: &ChannelId| rings.get(id).copied().unwrap_or_default();
    let due = live.iter().filter_map(|call| Some((call.lapse_time(ring(&call.channel))?, call.id)));
    let mut due: Vec<_> = due.collect();
    due.sort();
    Ok(due)
}

/// Ends a call whose time is over.
#[derive(Debug, Clone, Copy)]
struct Lapse {
    call: CallId,
    /// By when its time is over.
    now: Timestamp,
}

impl Lapse {
    fn end(self) -> EndCall {
        EndCall { call: self.call, transcript: String::new(), recording: NamedFiles::default() }
    }
}

impl UseCase for Lapse {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.end().needs(world, keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let before = find(desk, self.call)?;
        // Somebody may have said meanwhile how it goes on.
        if lapse_time(desk, &before).is_some_and(|due| due <= self.now) {
            self.end().end(desk, &before, true)?;
        }
        Ok(())
    }
}
