//! Who began the chains that events belong to.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::{Actor, Event};
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::storage::read::events as log;

/// Who began each chain, by the sequence of its first event.
pub type Origins = BTreeMap<i64, Actor>;

/// Who began the chains of these events. Asks the database only for chains that began outside of them, and events that
/// callers made themselves begin their own.
pub(in crate::service) async fn origins<E: Borrow<Event>>(
    service: &Service,
    account: &AccountId,
    events: &[E],
) -> Result<Origins, Rejection> {
    let of_these = events.iter().map(Borrow::borrow).map(|event| (event.sequence, event.actor.clone()));
    let mut origins: Origins = of_these.collect();
    let automatic = events.iter().map(Borrow::borrow).filter(|event| event.cause_depth > 0);
    let missing: BTreeSet<i64> =
        automatic.map(|event| event.cause_root).filter(|root| !origins.contains_key(root)).collect();
    if !missing.is_empty() {
        let found = log::actors(&service.store, account, missing).await.map_err(|error| error.rejection())?;
        origins.extend(found);
    }
    Ok(origins)
}
