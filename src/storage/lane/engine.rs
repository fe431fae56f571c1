//! One batch: lock, load, decide, flush, commit.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter};
use tracing::Instrument;
use uuid::Uuid;

use super::super::rows::lane_batch;
use super::super::{Store, StoreError};
use super::batch::Batch;
use super::table::Table;
use super::world::{Head, LaneMemory, World};
use super::{LaneLimits, flush, load, turns};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Conditions;

/// Runs the batches of several accounts in one transaction, with one flush (W8).
/// Every operation is answered, or put off where there was no room for it. What the lanes may remember stays in the
/// batches.
pub(super) async fn run(store: &Store, limits: &LaneLimits, batches: &mut [Batch]) {
    let operations: usize = batches.iter().map(|batch| batch.operations.len()).sum();
    let span = tracing::info_span!("lane.batch", accounts = batches.len(), operations);
    async move {
        let begun = tokio::time::Instant::now();
        Box::pin(together(store, limits, batches)).await;
        store.observe_batch(operations, begun.elapsed());
    }
    .instrument(span)
    .await;
}

async fn together(store: &Store, limits: &LaneLimits, batches: &mut [Batch]) {
    let transaction = match store.begin_write().await {
        Ok(transaction) => transaction,
        Err(error) => return fail(batches, &error),
    };
    let commit = store.random_id();
    match decide_and_flush(store, limits, &transaction, batches, commit).await {
        Ok(decided) => conclude(store, transaction, batches, decided, commit).await,
        Err(error) => {
            roll_back(transaction).await;
            apart(store, limits, batches, error).await;
        }
    }
}

/// What became of each account in the lane: those that are there, and which of them changed anything.
struct Decided {
    wrote: Vec<World>,
    idle: Vec<World>,
}

/// Commits, answers, and keeps what is worth remembering.
async fn conclude(
    store: &Store,
    transaction: DatabaseTransaction,
    batches: &mut [Batch],
    decided: Decided,
    commit: Uuid,
) {
    let place = decided.wrote.first().map(|world| world.account.id.clone());
    let change = CallersChange::of(store, &decided.wrote);
    let failure = settle(store, transaction, place.map(|account| (account, commit))).await.err();
    drop(change);
    if failure.is_none() {
        for world in &decided.wrote {
            store.hint_committed(&world.account.id);
            if let Some(due) = world.soonest_wake() {
                store.hint_due(world.now, due);
            }
        }
        for world in decided.wrote.into_iter().chain(decided.idle) {
            if let Some(batch) = batches.iter_mut().find(|batch| batch.account == world.account.id) {
                batch.memory = Some(world.into_memory());
            }
        }
    }
    for operation in batches.iter_mut().flat_map(|batch| batch.operations.drain(..)) {
        operation.finish(failure.clone());
    }
}

/// While it lives, callers of the accounts whose people, keys or state a commit changes are not known from memory.
struct CallersChange<'a> {
    store: &'a Store,
    accounts: Vec<AccountId>,
}

impl<'a> CallersChange<'a> {
    fn of(store: &'a Store, wrote: &[World]) -> Self {
        let changed = wrote.iter().filter(|world| world.callers_changed());
        let accounts: Vec<AccountId> = changed.map(|world| world.account.id.clone()).collect();
        for account in &accounts {
            store.shared().callers_changing(account);
        }
        Self { store, accounts }
    }
}

impl Drop for CallersChange<'_> {
    fn drop(&mut self) {
        self.accounts.iter().for_each(|account| self.store.shared().callers_changed(account));
    }
}

/// A flush that failed is rolled back: then each account by itself, and then each operation (W2, W8).
async fn apart(store: &Store, limits: &LaneLimits, batches: &mut [Batch], error: StoreError) {
    if let [batch] = batches
        && error.is_lock_timeout()
        && batch.wait_on()
    {
        return;
    }
    match batches {
        _ if error.is_unavailable() => fail(batches, &error),
        [batch] => one_by_one(store, limits, batch, error).await,
        _ => {
            tracing::warn!(%error, "a commit of several accounts failed and is done account by account");
            for batch in batches {
                Box::pin(together(store, limits, std::slice::from_mut(batch))).await;
            }
        }
    }
}

/// Lets every operation decide, then writes what all of them did. Accounts whose turn would come when the time of the
/// commit is over are put off.
async fn decide_and_flush(
    store: &Store,
    limits: &LaneLimits,
    db: &impl ConnectionTrait,
    batches: &mut [Batch],
    commit: Uuid,
) -> Result<Decided, StoreError> {
    let begun = tokio::time::Instant::now();
    let mut decided = Decided { wrote: Vec::new(), idle: Vec::new() };
    if store.backend() == DbBackend::Postgres {
        turns::take(store, db, batches).await?;
    }
    for (index, batch) in batches.iter_mut().enumerate() {
        if index > 0 && begun.elapsed() >= limits.time {
            batch.put_off(0);
        }
        if batch.operations.is_empty() {
            continue;
        }
        let Some(mut world) = Box::pin(decide(store, limits, db, batch)).await? else { continue };
        if batch.wrote() {
            world.count_changes();
            decided.wrote.push(world);
        } else {
            decided.idle.push(world);
        }
    }
    if !decided.wrote.is_empty() {
        flush::flush(db, &decided.wrote, commit).await?;
    }
    Ok(decided)
}

/// Loads what the operations of one account need and lets them decide; nothing when the account is not there.
async fn decide(
    store: &Store,
    limits: &LaneLimits,
    db: &impl ConnectionTrait,
    batch: &mut Batch,
) -> Result<Option<World>, StoreError> {
    let Some(mut world) = open_world(store, db, &batch.account, batch.memory.take()).await? else {
        let resource = format!("accounts/{}", batch.account);
        for operation in batch.operations.drain(..) {
            operation.finish(Some(Rejection::NotFound { resource: resource.clone() }));
        }
        return Ok(None);
    };
    batch.drop_expired();
    batch.load(db, &mut world).await?;
    batch.decide(db, &mut world, limits).await?;
    Ok(Some(world))
}

/// Reads what has changed since the account's last turn.
async fn open_world(
    store: &Store,
    db: &impl ConnectionTrait,
    id: &AccountId,
    mut memory: Option<LaneMemory>,
) -> Result<Option<World>, StoreError> {
    // Nobody else writes to a SQLite file that is ours alone: what this lane remembers is what is stored.
    if let Some(memory) = memory.take_if(|_| store.is_sole()) {
        return Ok(Some(World::new(store.moment(0), memory)));
    }
    let Some((account, head, now)) = load::opening(store, db, id).await? else { return Ok(None) };
    Ok(Some(World::new(now, remember(db, account, head, memory).await?)))
}

async fn remember(
    db: &impl ConnectionTrait,
    account: Account,
    head: Head,
    memory: Option<LaneMemory>,
) -> Result<LaneMemory, StoreError> {
    let id = &account.id;
    match memory {
        Some(mut memory) if memory.head.config_seq == head.config_seq => {
            if memory.head.load_seq != head.load_seq {
                for (user, load) in load::loads_after(db, id, memory.head.load_seq).await? {
                    memory.pools.values_mut().for_each(|pool| pool.reload(&user, load));
                    memory.loads.refresh(user, load);
                }
            }
            Ok(LaneMemory { account, head, ..memory })
        }
        _ => {
            let people = load::people(db, id).await?;
            let loads = Table::whole("load", load::loads_after(db, id, -1).await?);
            let (pools, limited) = (HashMap::new(), account.includes(Feature::Capacity));
            Ok(LaneMemory { account, head, people, loads, pools, limited, conditions: Conditions::default() })
        }
    }
}

/// Commits, or rolls back when there is nothing to commit. A commit in doubt is looked up before anybody is answered (W4).
async fn settle(
    store: &Store,
    transaction: DatabaseTransaction,
    written: Option<(AccountId, Uuid)>,
) -> Result<(), Rejection> {
    let Some((account, id)) = written else {
        roll_back(transaction).await;
        return Ok(());
    };
    let Err(error) = transaction.commit().await else { return Ok(()) };
    tracing::warn!(%error, "commit failed or is in doubt");
    match in_doubt(store, &account, id).await {
        Some(true) => Ok(()),
        Some(false) => Err(Rejection::StorageUnavailable { unknown: false }),
        None => Err(Rejection::StorageUnavailable { unknown: true }),
    }
}

/// Nothing was written, or nothing of it is to stand: a rollback that fails changes nothing either.
async fn roll_back(transaction: DatabaseTransaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::debug!(%error, "a rollback failed");
    }
}

/// Whether a batch was committed; nothing when the database does not answer in time.
async fn in_doubt(store: &Store, account: &AccountId, id: Uuid) -> Option<bool> {
    let look = async {
        loop {
            match is_committed(store, account, id).await {
                Ok(committed) => return committed,
                Err(error) => tracing::debug!(%error, "looking for a batch in doubt"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), look).await.ok()
}

async fn is_committed(store: &Store, account: &AccountId, id: Uuid) -> Result<bool, sea_orm::DbErr> {
    let db = store.reader();
    if store.backend() == DbBackend::Postgres {
        // A commit whose connection broke may go on in the server; it holds the account's turn until it is done.
        turns::wait(store, db, account, None).await?;
    }
    let found = lane_batch::Entity::find()
        .filter(lane_batch::Column::AccountId.eq(account.as_str()))
        .filter(lane_batch::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Runs operations one by one, so that one bad apple spoils only itself.
async fn one_by_one(store: &Store, limits: &LaneLimits, batch: &mut Batch, error: StoreError) {
    if batch.operations.len() <= 1 {
        return fail(std::slice::from_mut(batch), &error);
    }
    tracing::warn!(%error, "a batch failed and is run one by one");
    for operation in std::mem::take(&mut batch.operations) {
        let (account, memory) = (batch.account.clone(), batch.memory.take());
        let mut single = Batch { account, operations: vec![operation], later: Vec::new(), memory, contended: false };
        Box::pin(together(store, limits, std::slice::from_mut(&mut single))).await;
        batch.memory = single.memory;
    }
}

fn fail(batches: &mut [Batch], error: &StoreError) {
    let rejection = error.rejection();
    if matches!(rejection, Rejection::Internal(_)) {
        tracing::error!(%error, "a batch could not be stored");
    } else {
        tracing::warn!(%error, "the storage is unavailable");
    }
    for operation in batches.iter_mut().flat_map(|batch| batch.operations.drain(..)) {
        operation.finish(Some(rejection.clone()));
    }
}
