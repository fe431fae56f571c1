//! One batch: lock, load, decide, flush, commit.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Statement, TransactionTrait,
};
use tracing::Instrument;
use uuid::Uuid;

use super::super::rows::{Stored, account, account_head, lane_batch};
use super::super::{Store, StoreError};
use super::keys::Keys;
use super::operation::Pending;
use super::table::Table;
use super::world::{Head, LaneMemory, World};
use super::{flush, load};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;

/// How often an operation may name further needs (W1).
const ROUNDS: usize = 4;

/// What waits for one account, and what the lane remembers of it.
pub(super) struct Batch {
    pub account: AccountId,
    pub operations: Vec<Box<dyn Pending>>,
    pub memory: Option<LaneMemory>,
}

/// Runs the batches of several accounts in one transaction, a savepoint each (W8); PostgreSQL gives one batch at a time.
/// Every operation is answered. Returns what the lanes may remember.
pub(super) async fn run(store: &Store, batches: Vec<Batch>) -> HashMap<AccountId, LaneMemory> {
    let operations: usize = batches.iter().map(|batch| batch.operations.len()).sum();
    let span = tracing::info_span!("lane.batch", accounts = batches.len(), operations);
    async move {
        let begun = tokio::time::Instant::now();
        let kept = together(store, batches).await;
        store.observe_batch(operations, begun.elapsed());
        kept
    }
    .instrument(span)
    .await
}

async fn together(store: &Store, batches: Vec<Batch>) -> HashMap<AccountId, LaneMemory> {
    let mut kept = HashMap::new();
    let transaction = match store.begin_write().await {
        Ok(transaction) => transaction,
        Err(error) => {
            fail(batches, &error);
            return kept;
        }
    };
    let (mut done, mut alone, mut wrote) = (Vec::new(), Vec::new(), false);
    for mut batch in batches {
        match savepoint(store, &transaction, &mut batch).await {
            Ok((world, id)) => {
                wrote |= id.is_some();
                done.push((batch, world, id));
            }
            Err(error) => alone.push((batch, error)),
        }
    }
    let place = done.iter().find_map(|(batch, _, id)| id.map(|id| (batch.account.clone(), id)));
    match settle(store, transaction, wrote, place).await {
        Ok(()) => {
            for (batch, world, id) in done {
                store.hint_committed(&batch.account, id.is_some());
                if let Some(world) = world {
                    kept.insert(batch.account.clone(), world.into_memory());
                }
                batch.operations.into_iter().for_each(|operation| operation.finish(None));
            }
        }
        Err(rejection) => {
            for (batch, ..) in done {
                batch.operations.into_iter().for_each(|operation| operation.finish(Some(rejection.clone())));
            }
        }
    }
    for (batch, error) in alone {
        one_by_one(store, batch, error).await;
    }
    kept
}

/// Runs one account's batch inside `transaction`; an error leaves nothing of it behind.
async fn savepoint(
    store: &Store,
    transaction: &DatabaseTransaction,
    batch: &mut Batch,
) -> Result<(Option<World>, Option<Uuid>), StoreError> {
    if store.backend() == DbBackend::Postgres {
        return decide_and_flush(store, transaction, batch).await;
    }
    let nested = transaction.begin().await?;
    match decide_and_flush(store, &nested, batch).await {
        Ok(done) => {
            nested.commit().await?;
            Ok(done)
        }
        Err(error) => {
            nested.rollback().await?;
            Err(error)
        }
    }
}

async fn decide_and_flush(
    store: &Store,
    db: &impl ConnectionTrait,
    batch: &mut Batch,
) -> Result<(Option<World>, Option<Uuid>), StoreError> {
    let Some(mut world) = open_world(store, db, &batch.account, batch.memory.take()).await? else {
        let resource = format!("accounts/{}", batch.account);
        for operation in batch.operations.drain(..) {
            operation.finish(Some(Rejection::NotFound { resource: resource.clone() }));
        }
        return Ok((None, None));
    };
    for _ in 0..ROUNDS {
        let mut keys = Keys::default();
        batch.operations.iter().for_each(|operation| operation.needs(&world, &mut keys));
        let keys = keys.without_known(&world);
        if keys.is_empty() {
            break;
        }
        load::round(db, &mut world, &keys).await?;
    }
    batch.operations.iter_mut().for_each(|operation| operation.decide(&mut world));
    if !batch.operations.iter().any(|operation| operation.wrote()) {
        return Ok((Some(world), None));
    }
    let id = store.random_id();
    world.count_changes();
    flush::flush(db, &world, id).await?;
    Ok((Some(world), Some(id)))
}

/// Takes the account's turn and reads what has changed since the last one.
async fn open_world(
    store: &Store,
    db: &impl ConnectionTrait,
    id: &AccountId,
    memory: Option<LaneMemory>,
) -> Result<Option<World>, StoreError> {
    if store.backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [id.as_str().into()])).await?;
    }
    let found =
        account::Entity::find_by_id(id.to_string()).find_also(account::Entity, account_head::Entity).one(db).await?;
    let Some((row, Some(counters))) = found else { return Ok(None) };
    let account = Account::from_row(row)?;
    let head = Head {
        last_event: counters.last_event,
        last_ticket: counters.last_ticket,
        config_seq: counters.config_seq,
        load_seq: counters.load_seq,
    };
    let memory = remember(db, id, head, memory).await?;
    Ok(Some(World::new(account, store.now(db).await?, memory)))
}

async fn remember(
    db: &impl ConnectionTrait,
    id: &AccountId,
    head: Head,
    memory: Option<LaneMemory>,
) -> Result<LaneMemory, StoreError> {
    match memory {
        Some(mut memory) if memory.head.config_seq == head.config_seq => {
            if memory.head.load_seq != head.load_seq {
                for (user, load) in load::loads_after(db, id, memory.head.load_seq).await? {
                    memory.pools.values_mut().for_each(|pool| pool.reload(&user, load));
                    memory.loads.refresh(user, load);
                }
            }
            Ok(LaneMemory { head, ..memory })
        }
        _ => {
            let people = load::people(db, id).await?;
            let loads = Table::whole("load", load::loads_after(db, id, -1).await?);
            Ok(LaneMemory { head, people, loads, pools: HashMap::new() })
        }
    }
}

/// Commits, or rolls back when there is nothing to commit. A commit in doubt is looked up before anybody is answered (W4).
async fn settle(
    store: &Store,
    transaction: DatabaseTransaction,
    wrote: bool,
    batch: Option<(AccountId, Uuid)>,
) -> Result<(), Rejection> {
    let Some((account, id)) = batch.filter(|_| wrote) else {
        // Nothing was written: a rollback that fails changes nothing either.
        if let Err(error) = transaction.rollback().await {
            tracing::debug!(%error, "rollback of an empty batch failed");
        }
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

/// Whether a batch was committed; nothing when the database does not answer in time.
async fn in_doubt(store: &Store, account: &AccountId, id: Uuid) -> Option<bool> {
    let look = async {
        loop {
            let found = lane_batch::Entity::find()
                .filter(lane_batch::Column::AccountId.eq(account.as_str()))
                .filter(lane_batch::Column::Id.eq(id))
                .one(store.reader())
                .await;
            match found {
                Ok(row) => return row.is_some(),
                Err(error) => tracing::debug!(%error, "looking for a batch in doubt"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), look).await.ok()
}

/// A flush that failed is rolled back and its operations run one by one, so that one bad apple spoils only itself (W2).
async fn one_by_one(store: &Store, batch: Batch, error: StoreError) {
    if batch.operations.len() == 1 || error.is_unavailable() {
        return fail(vec![batch], &error);
    }
    tracing::warn!(%error, "a batch failed and is run one by one");
    for operation in batch.operations {
        let mut single = Batch { account: batch.account.clone(), operations: vec![operation], memory: None };
        let result = async {
            let transaction = store.begin_write().await?;
            let (_, id) = decide_and_flush(store, &transaction, &mut single).await?;
            Ok::<_, StoreError>((transaction, id))
        };
        match result.await {
            Ok((transaction, id)) => {
                let place = id.map(|id| (single.account.clone(), id));
                let failure = settle(store, transaction, id.is_some(), place).await.err();
                store.hint_committed(&single.account, id.is_some() && failure.is_none());
                single.operations.into_iter().for_each(|operation| operation.finish(failure.clone()));
            }
            Err(error) => fail(vec![single], &error),
        }
    }
}

fn fail(batches: Vec<Batch>, error: &StoreError) {
    let rejection = error.rejection();
    if matches!(rejection, Rejection::Internal(_)) {
        tracing::error!(%error, "a batch could not be stored");
    } else {
        tracing::warn!(%error, "the storage is unavailable");
    }
    for batch in batches {
        batch.operations.into_iter().for_each(|operation| operation.finish(Some(rejection.clone())));
    }
}
