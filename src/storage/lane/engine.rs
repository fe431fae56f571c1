//! One batch: lock, load, decide, flush, commit.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Statement};
use tracing::Instrument;
use uuid::Uuid;

use super::super::rows::lane_batch;
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

/// Runs the batches of several accounts in one transaction, with one flush (W8); PostgreSQL gives one batch at a time.
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

async fn together(store: &Store, mut batches: Vec<Batch>) -> HashMap<AccountId, LaneMemory> {
    let transaction = match store.begin_write().await {
        Ok(transaction) => transaction,
        Err(error) => {
            fail(batches, &error);
            return HashMap::new();
        }
    };
    let commit = store.random_id();
    match decide_and_flush(store, &transaction, &mut batches, commit).await {
        Ok(decided) => conclude(store, transaction, batches, decided, commit).await,
        Err(error) => {
            roll_back(transaction).await;
            apart(store, batches, error).await
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
    batches: Vec<Batch>,
    decided: Decided,
    commit: Uuid,
) -> HashMap<AccountId, LaneMemory> {
    let place = decided.wrote.first().map(|world| world.account.id.clone());
    let failure = settle(store, transaction, place.map(|account| (account, commit))).await.err();
    let mut kept = HashMap::new();
    if failure.is_none() {
        for world in &decided.wrote {
            store.hint_committed(&world.account.id);
        }
        let worlds = decided.wrote.into_iter().chain(decided.idle);
        kept.extend(worlds.map(|world| (world.account.id.clone(), world.into_memory())));
    }
    for operation in batches.into_iter().flat_map(|batch| batch.operations) {
        operation.finish(failure.clone());
    }
    kept
}

/// A flush that failed is rolled back: then each account by itself, and then each operation (W2, W8).
async fn apart(store: &Store, mut batches: Vec<Batch>, error: StoreError) -> HashMap<AccountId, LaneMemory> {
    if error.is_unavailable() {
        fail(batches, &error);
        return HashMap::new();
    }
    if batches.len() == 1
        && let Some(batch) = batches.pop()
    {
        return one_by_one(store, batch, error).await;
    }
    tracing::warn!(%error, "a commit of several accounts failed and is done account by account");
    let mut kept = HashMap::new();
    for batch in batches {
        kept.extend(Box::pin(together(store, vec![batch])).await);
    }
    kept
}

/// Lets every operation decide, then writes what all of them did.
async fn decide_and_flush(
    store: &Store,
    db: &impl ConnectionTrait,
    batches: &mut [Batch],
    commit: Uuid,
) -> Result<Decided, StoreError> {
    let mut decided = Decided { wrote: Vec::new(), idle: Vec::new() };
    for batch in batches {
        let Some(mut world) = decide(store, db, batch).await? else { continue };
        if batch.operations.iter().any(|operation| operation.wrote()) {
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
async fn decide(store: &Store, db: &impl ConnectionTrait, batch: &mut Batch) -> Result<Option<World>, StoreError> {
    let Some(mut world) = open_world(store, db, &batch.account, batch.memory.take()).await? else {
        let resource = format!("accounts/{}", batch.account);
        for operation in batch.operations.drain(..) {
            operation.finish(Some(Rejection::NotFound { resource: resource.clone() }));
        }
        return Ok(None);
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
    Ok(Some(world))
}

/// Takes the account's turn and reads what has changed since the last one.
async fn open_world(
    store: &Store,
    db: &impl ConnectionTrait,
    id: &AccountId,
    mut memory: Option<LaneMemory>,
) -> Result<Option<World>, StoreError> {
    if store.backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [id.as_str().into()])).await?;
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
            Ok(LaneMemory { account, head, people, loads, pools: HashMap::new() })
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

/// Runs operations one by one, so that one bad apple spoils only itself.
async fn one_by_one(store: &Store, batch: Batch, error: StoreError) -> HashMap<AccountId, LaneMemory> {
    if batch.operations.len() == 1 {
        fail(vec![batch], &error);
        return HashMap::new();
    }
    tracing::warn!(%error, "a batch failed and is run one by one");
    let mut kept = HashMap::new();
    for operation in batch.operations {
        let memory = kept.remove(&batch.account);
        let single = Batch { account: batch.account.clone(), operations: vec![operation], memory };
        kept = Box::pin(together(store, vec![single])).await;
    }
    kept
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
