//! One batch: lock, load, decide, flush, commit.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Statement};
use tracing::Instrument;
use uuid::Uuid;

use super::super::rows::lane_batch;
use super::super::{Store, StoreError};
use super::batch::Batch;
use super::table::Table;
use super::world::{Head, LaneMemory, World};
use super::{LaneLimits, flush, load};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Conditions;

/// Runs the batches of several accounts in one transaction, with one flush (W8); PostgreSQL gives one batch at a time.
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
    for (index, batch) in batches.iter_mut().enumerate() {
        if index > 0 && begun.elapsed() >= limits.time {
            batch.put_off(0);
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
    let patience = batch.patience();
    let Some(mut world) = open_world(store, db, &batch.account, batch.memory.take(), patience).await? else {
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

/// Takes the account's turn and reads what has changed since the last one.
async fn open_world(
    store: &Store,
    db: &impl ConnectionTrait,
    id: &AccountId,
    mut memory: Option<LaneMemory>,
    patience: Option<Duration>,
) -> Result<Option<World>, StoreError> {
    if store.backend() == DbBackend::Postgres {
        take_turn(store, db, id, patience).await?;
    }
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
            Ok(LaneMemory { account, head, people, loads, pools: HashMap::new(), conditions: Conditions::default() })
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
        take_turn(store, db, account, None).await?;
    }
    let found = lane_batch::Entity::find()
        .filter(lane_batch::Column::AccountId.eq(account.as_str()))
        .filter(lane_batch::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Waits for the account's turn, and holds it until the end of the transaction (W6). The wait ends when the patience
/// does, and in any case after the time that every lock may take.
async fn take_turn(
    store: &Store,
    db: &impl ConnectionTrait,
    account: &AccountId,
    patience: Option<Duration>,
) -> Result<(), sea_orm::DbErr> {
    let turn = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    // One statement, worked off from left to right: the limit is for this lock alone.
    let limited = "SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock(hashtextextended($1, 0)), \
                   set_config('lock_timeout', $3, true)";
    let usual = store.lock_timeout();
    let statement = match patience.filter(|patience| *patience < usual) {
        None => Statement::from_sql_and_values(DbBackend::Postgres, turn, [account.as_str().into()]),
        Some(patience) => {
            // Rounded up: when it is over, so is the time of who has to leave.
            let millis = |time: Duration| format!("{}ms", time.as_millis() + 1);
            let values = [account.as_str().into(), millis(patience).into(), millis(usual).into()];
            Statement::from_sql_and_values(DbBackend::Postgres, limited, values)
        }
    };
    db.execute_raw(statement).await?;
    Ok(())
}

/// Runs operations one by one, so that one bad apple spoils only itself.
async fn one_by_one(store: &Store, limits: &LaneLimits, batch: &mut Batch, error: StoreError) {
    if batch.operations.len() <= 1 {
        return fail(std::slice::from_mut(batch), &error);
    }
    tracing::warn!(%error, "a batch failed and is run one by one");
    for operation in std::mem::take(&mut batch.operations) {
        let (account, memory) = (batch.account.clone(), batch.memory.take());
        let mut single = Batch { account, operations: vec![operation], later: Vec::new(), memory };
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
