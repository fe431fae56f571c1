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
use super::batch::Batch;
use super::table::Table;
use super::world::{Head, LaneMemory, World};
use super::{Done, LaneLimits, flush, load};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;

/// Runs the batches of several accounts in one transaction, a savepoint each (W8); PostgreSQL gives one batch at a time.
/// Every operation is answered or given back. Returns what is left to the lanes.
pub(super) async fn run(store: &Store, limits: LaneLimits, batches: Vec<Batch>) -> HashMap<AccountId, Done> {
    let operations: usize = batches.iter().map(|batch| batch.operations.len()).sum();
    let span = tracing::info_span!("lane.batch", accounts = batches.len(), operations);
    async move {
        let begun = tokio::time::Instant::now();
        let done = together(store, limits, batches).await;
        store.observe_batch(operations, begun.elapsed());
        done
    }
    .instrument(span)
    .await
}

/// A batch whose changes are written and wait for the commit.
struct Written {
    batch: Batch,
    world: Option<World>,
    /// The id it is looked up by when the commit is in doubt; none when nothing was changed.
    id: Option<Uuid>,
}

/// The batches of one transaction, by how they went so far.
#[derive(Default)]
struct Progress {
    written: Vec<Written>,
    /// Failed by themselves.
    alone: Vec<(Batch, StoreError)>,
    /// What broke the transaction, and with it everything that was written.
    broken: Option<StoreError>,
    /// What is left to the lanes.
    done: HashMap<AccountId, Done>,
}

async fn together(store: &Store, limits: LaneLimits, batches: Vec<Batch>) -> HashMap<AccountId, Done> {
    let transaction = match store.begin_write().await {
        Ok(transaction) => transaction,
        Err(error) => {
            fail(batches, &error);
            return HashMap::new();
        }
    };
    let mut progress = write_all(store, limits, &transaction, batches).await;
    let failure = match &progress.broken {
        None => settle(store, transaction, place(&progress.written)).await.err(),
        Some(error) => {
            roll_back(transaction).await;
            Some(told(error))
        }
    };
    for Written { mut batch, world, id } in std::mem::take(&mut progress.written) {
        store.hint_committed(&batch.account, id.is_some() && failure.is_none());
        let memory = world.filter(|_| failure.is_none()).map(World::into_memory);
        progress.keep(&mut batch, memory);
        batch.operations.into_iter().for_each(|operation| operation.finish(failure.clone()));
    }
    for (mut batch, error) in std::mem::take(&mut progress.alone) {
        progress.keep(&mut batch, None);
        one_by_one(store, limits, batch, error).await;
    }
    progress.done
}

/// Writes the batches one after another, as long as there is time and the transaction holds; the rest is put off.
async fn write_all(
    store: &Store,
    limits: LaneLimits,
    transaction: &DatabaseTransaction,
    batches: Vec<Batch>,
) -> Progress {
    let begun = tokio::time::Instant::now();
    let mut progress = Progress::default();
    for mut batch in batches {
        let over = !progress.written.is_empty() && begun.elapsed() >= limits.time;
        if over || progress.broken.is_some() {
            let memory = batch.memory.take();
            batch.put_off();
            progress.keep(&mut batch, memory);
            continue;
        }
        match savepoint(store, limits, transaction, &mut batch).await {
            Ok((world, id)) => progress.written.push(Written { batch, world, id }),
            Err(Trouble::Own(error)) => progress.alone.push((batch, error)),
            Err(Trouble::Everybodys(error)) => {
                progress.broken = Some(error);
                progress.written.push(Written { batch, world: None, id: None });
            }
        }
    }
    progress
}

impl Progress {
    fn keep(&mut self, batch: &mut Batch, memory: Option<LaneMemory>) {
        let later = std::mem::take(&mut batch.later);
        self.done.insert(batch.account.clone(), Done { memory, later });
    }
}

/// Where the commit of a transaction can be looked up: any of its batches will do.
fn place(written: &[Written]) -> Option<(AccountId, Uuid)> {
    written.iter().find_map(|it| it.id.map(|id| (it.batch.account.clone(), id)))
}

/// How far an error reaches.
enum Trouble {
    /// The batch's own: nothing of it is left behind, the others may go on.
    Own(StoreError),
    /// The whole transaction's. SQLite rolls everything back by itself when the disk is full or fails; what was written
    /// before is gone, and what is written after would be stored at once, in a transaction of its own.
    Everybodys(StoreError),
}

/// Runs one account's batch inside `transaction`.
async fn savepoint(
    store: &Store,
    limits: LaneLimits,
    transaction: &DatabaseTransaction,
    batch: &mut Batch,
) -> Result<(Option<World>, Option<Uuid>), Trouble> {
    if store.backend() == DbBackend::Postgres {
        // One batch at a time: its trouble is the transaction's.
        return decide_and_flush(store, limits, transaction, batch).await.map_err(Trouble::Own);
    }
    let everybodys = |error: sea_orm::DbErr| Trouble::Everybodys(error.into());
    let nested = transaction.begin().await.map_err(everybodys)?;
    match decide_and_flush(store, limits, &nested, batch).await {
        Ok(done) => {
            nested.commit().await.map_err(everybodys)?;
            Ok(done)
        }
        Err(error) if error.is_unavailable() => Err(Trouble::Everybodys(error)),
        Err(error) => {
            nested.rollback().await.map_err(everybodys)?;
            Err(Trouble::Own(error))
        }
    }
}

async fn decide_and_flush(
    store: &Store,
    limits: LaneLimits,
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
    batch.drop_expired();
    batch.load(db, &mut world).await?;
    batch.decide(db, &mut world, &limits).await?;
    if !batch.wrote() {
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
        take_turn(db, id).await?;
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
    place: Option<(AccountId, Uuid)>,
) -> Result<(), Rejection> {
    let Some((account, id)) = place else {
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

/// Drops what a transaction did. A rollback that fails changes nothing either: the connection is not used again.
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
        take_turn(db, account).await?;
    }
    let found = lane_batch::Entity::find()
        .filter(lane_batch::Column::AccountId.eq(account.as_str()))
        .filter(lane_batch::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Waits for the account's turn and holds it until the end of the transaction (W6).
async fn take_turn(db: &impl ConnectionTrait, account: &AccountId) -> Result<(), sea_orm::DbErr> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [account.as_str().into()])).await?;
    Ok(())
}

/// A flush that failed is rolled back and its operations run one by one, so that one bad apple spoils only itself (W2).
async fn one_by_one(store: &Store, limits: LaneLimits, batch: Batch, error: StoreError) {
    if batch.operations.len() == 1 || error.is_unavailable() {
        return fail(vec![batch], &error);
    }
    tracing::warn!(%error, "a batch failed and is run one by one");
    for operation in batch.operations {
        let account = batch.account.clone();
        let mut single = Batch { account, operations: vec![operation], later: Vec::new(), memory: None };
        let result = async {
            let transaction = store.begin_write().await?;
            let (_, id) = decide_and_flush(store, limits, &transaction, &mut single).await?;
            Ok::<_, StoreError>((transaction, id))
        };
        match result.await {
            Ok((transaction, id)) => {
                let place = id.map(|id| (single.account.clone(), id));
                let failure = settle(store, transaction, place).await.err();
                store.hint_committed(&single.account, id.is_some() && failure.is_none());
                single.operations.into_iter().for_each(|operation| operation.finish(failure.clone()));
            }
            Err(error) => fail(vec![single], &error),
        }
    }
}

fn fail(batches: Vec<Batch>, error: &StoreError) {
    let rejection = told(error);
    for batch in batches {
        let operations = batch.operations.into_iter().chain(batch.later);
        operations.for_each(|operation| operation.finish(Some(rejection.clone())));
    }
}

/// What callers are told of an error, which goes to the log.
fn told(error: &StoreError) -> Rejection {
    let rejection = error.rejection();
    if matches!(rejection, Rejection::Internal(_)) {
        tracing::error!(%error, "a batch could not be stored");
    } else {
        tracing::warn!(%error, "the storage is unavailable");
    }
    rejection
}
