//! Durable jobs: claimed for a while under a fence, worked on outside of any transaction, finished under the same fence
//! (T2, W9, L-23).
//!
//! `due_time` alone says when a job may be claimed: claiming moves it to the end of the lease or behind it, so a job whose
//! worker died comes due by itself. A head per account holds the earliest of them; accounts are served in turn by their heads.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Set, Statement,
};
use uuid::Uuid;

use super::rows::{job, job_head};
use super::{Store, StoreError};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// A job that is not due again.
const NEVER: i64 = i64::MAX;
/// The head of an account whose regular jobs nobody has made yet.
const NEW: i64 = 0;
/// Bytes of an error that are kept.
const LONGEST_ERROR: usize = 500;

/// How jobs are claimed.
#[derive(Debug, Clone)]
pub struct ClaimOptions {
    /// How long a job belongs to who claimed it.
    pub lease: Duration,
    /// Tries before a job is set aside; regular and kept ones never are.
    pub attempts: u32,
    /// Jobs of one account in one turn.
    pub per_turn: u64,
    /// Kinds of job that every account has one of.
    pub regular: &'static [&'static str],
    /// Other kinds that are never set aside.
    pub kept: &'static [&'static str],
    /// So long a job that is never set aside rests when its worker dies of it after so many tries.
    pub rest: Duration,
}

impl ClaimOptions {
    /// Whether jobs of this kind are never set aside.
    pub fn keeps(&self, kind: &str) -> bool {
        self.regular.contains(&kind) || self.kept.contains(&kind)
    }
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The account.
    pub account: AccountId,
    /// The job.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// With what.
    pub payload: String,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Grows with each claim: who finishes must hold the latest.
    pub fence: i64,
    /// The moment of the claim.
    pub now: Timestamp,
    /// Until when it belongs to its worker.
    pub lease_until: Timestamp,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It is done and goes away.
    Done,
    /// It is due again then, as if new.
    Again {
        /// When.
        due: Timestamp,
        /// With what.
        payload: String,
    },
    /// It failed and is tried again then.
    Failed {
        /// When.
        due: Timestamp,
        /// Why, for people.
        error: String,
    },
    /// It failed for good and is set aside.
    Parked {
        /// Why, for people.
        error: String,
    },
}

/// Gives every account without a head one, so that its regular jobs are made.
///
/// # Errors
/// The database's.
pub async fn adopt(store: &Store) -> Result<u64, StoreError> {
    let sql = "INSERT INTO job_head (account_id, next_due) SELECT a.id, 0 FROM account a \
               WHERE NOT EXISTS (SELECT 1 FROM job_head h WHERE h.account_id = a.id) ON CONFLICT DO NOTHING";
    let done = store.writer().execute_raw(Statement::from_string(store.backend(), sql)).await?;
    Ok(done.rows_affected())
}

/// Adds a job.
///
/// # Errors
/// The database's.
pub async fn add(
    store: &Store,
    account: &AccountId,
    kind: &str,
    payload: &str,
    due: Timestamp,
) -> Result<Uuid, StoreError> {
    let transaction = store.begin_write().await?;
    let now = store.now(&transaction).await?;
    lock_head(&transaction, account).await?;
    let id = insert(store, &transaction, account, (kind, payload), due, now).await?;
    job_head::Entity::update_many()
        .col_expr(job_head::Column::NextDue, Expr::value(due.as_micros()))
        .filter(job_head::Column::AccountId.eq(account.as_str()))
        .filter(job_head::Column::NextDue.gt(due.as_micros()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(id)
}

/// Claims due jobs of the account that has waited longest; none when nothing is due.
///
/// # Errors
/// The database's.
pub async fn claim(store: &Store, options: &ClaimOptions) -> Result<Option<Vec<Job>>, StoreError> {
    claim_except(store, options, &[]).await
}

/// The same, of any account but these.
///
/// # Errors
/// The database's.
pub async fn claim_except(
    store: &Store,
    options: &ClaimOptions,
    busy: &[AccountId],
) -> Result<Option<Vec<Job>>, StoreError> {
    let transaction = store.begin_write().await?;
    let now = store.now(&transaction).await?;
    let Some(head) = next_head(&transaction, now, busy).await? else {
        transaction.rollback().await?;
        return Ok(None);
    };
    let account = AccountId::stored(head.account_id);
    if head.next_due == NEW {
        make_regular(store, &transaction, &account, options.regular, now).await?;
    }
    let due = due_jobs(&transaction, &account, now, options.per_turn).await?;
    let mut claimed = Vec::new();
    for row in due {
        let spent = row.attempts >= i64::from(options.attempts);
        if spent && !options.keeps(&row.kind) {
            // Whoever tried it last died of it.
            set_aside(&transaction, &account, &row).await?;
        } else {
            // Whoever takes a spent one may die of it, too; then it waits, so that it does not kill one worker after another.
            let again = if spent { options.lease.max(options.rest) } else { options.lease };
            claimed.push(take(&transaction, &account, row, now, (options.lease, again)).await?);
        }
    }
    move_head(&transaction, &account, now).await?;
    transaction.commit().await?;
    Ok(Some(claimed))
}

/// Ends a claimed job. Returns false, and leaves it as it is, when somebody else has claimed it since or it was woken.
///
/// # Errors
/// The database's.
pub async fn finish(store: &Store, claimed: &Job, finish: &Finish) -> Result<bool, StoreError> {
    let transaction = store.begin_write().await?;
    let now = store.now(&transaction).await?;
    lock_head(&transaction, &claimed.account).await?;
    let held = held(claimed);
    let done = match finish {
        Finish::Done => job::Entity::delete_many().filter(held).exec(&transaction).await?.rows_affected,
        other => settle(&transaction, held, other).await?,
    };
    // Whoever woke it meanwhile made it due sooner than the head says.
    move_head(&transaction, &claimed.account, now).await?;
    transaction.commit().await?;
    Ok(done > 0)
}

/// When an account is next due.
///
/// # Errors
/// The database's.
pub async fn next_due(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let head = job_head::Entity::find().order_by_asc(job_head::Column::NextDue).one(store.reader()).await?;
    Ok(head.map(|head| Timestamp::from_micros(head.next_due)))
}

/// Parked jobs of an account: kind, tries and the last error.
///
/// # Errors
/// The database's.
pub async fn parked(store: &Store, account: &AccountId) -> Result<Vec<(String, i64, String)>, StoreError> {
    use job::Column as C;
    let rows = job::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::State.eq("parked"))
        .order_by_asc(C::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.attempts, row.last_error)).collect())
}

/// The job as long as nobody else claimed it.
fn held(claimed: &Job) -> SimpleExpr {
    use job::Column as C;
    C::AccountId.eq(claimed.account.as_str()).and(C::Id.eq(claimed.id)).and(C::Fence.eq(claimed.fence)).and(waiting())
}

/// Written out, because the partial index serves no comparison with a parameter.
fn waiting() -> SimpleExpr {
    Expr::cust("state = 'waiting'")
}

async fn settle(db: &DatabaseTransaction, held: SimpleExpr, finish: &Finish) -> Result<u64, StoreError> {
    use job::Column as C;
    let update = job::Entity::update_many().filter(held).col_expr(C::LeaseUntil, Expr::value(None::<i64>));
    let update = match finish {
        Finish::Done => update,
        Finish::Again { due, payload } => update
            .col_expr(C::DueTime, Expr::value(due.as_micros()))
            .col_expr(C::Payload, Expr::value(payload.as_str()))
            .col_expr(C::Attempts, Expr::value(0_i64))
            .col_expr(C::LastError, Expr::value("")),
        Finish::Failed { due, error } => update
            .col_expr(C::DueTime, Expr::value(due.as_micros()))
            .col_expr(C::LastError, Expr::value(clipped(error))),
        Finish::Parked { error } => {
            update.col_expr(C::State, Expr::value("parked")).col_expr(C::LastError, Expr::value(clipped(error)))
        }
    };
    Ok(update.exec(db).await?.rows_affected)
}

fn clipped(error: &str) -> &str {
    &error[..error.floor_char_boundary(LONGEST_ERROR)]
}

/// The head that has been due longest and that no other worker is looking at.
async fn next_head(
    db: &DatabaseTransaction,
    now: Timestamp,
    busy: &[AccountId],
) -> Result<Option<job_head::Model>, StoreError> {
    use job_head::Column as C;
    let other = busy.iter().fold(Condition::all(), |all, account| all.add(C::AccountId.ne(account.as_str())));
    // One microsecond more: where an account goes that was just served (see `move_head`).
    let query = job_head::Entity::find()
        .filter(C::NextDue.lte(now.as_micros().saturating_add(1)))
        .filter(other)
        .order_by_asc(C::NextDue)
        .order_by_asc(C::AccountId)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.one(db).await?)
}

/// Heads are locked before jobs, everywhere.
async fn lock_head(db: &DatabaseTransaction, account: &AccountId) -> Result<(), StoreError> {
    let head = job_head::Entity::find_by_id(account.to_string()).lock(LockType::Update).one(db).await?;
    if head.is_none() {
        let head = job_head::ActiveModel { account_id: Set(account.to_string()), next_due: Set(NEW) };
        let conflict = OnConflict::column(job_head::Column::AccountId).do_nothing().to_owned();
        job_head::Entity::insert(head).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Says when the account is due next. One that still has due jobs goes behind all that are due now: with any backlog it
/// is served in turn.
async fn move_head(db: &DatabaseTransaction, account: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    use job::Column as C;
    let earliest: Option<i64> = job::Entity::find()
        .select_only()
        .column(C::DueTime)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(waiting())
        .order_by_asc(C::DueTime)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let next = earliest.map_or(NEVER, |due| Ord::max(due, now.as_micros().saturating_add(1)));
    job_head::Entity::update_many()
        .col_expr(job_head::Column::NextDue, Expr::value(next))
        .filter(job_head::Column::AccountId.eq(account.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

async fn due_jobs(
    db: &DatabaseTransaction,
    account: &AccountId,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<job::Model>, StoreError> {
    use job::Column as C;
    let query = job::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(waiting())
        .filter(C::DueTime.lte(now.as_micros().saturating_add(1)))
        .order_by_asc(C::DueTime)
        .order_by_asc(C::Id)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// Gives a job to who claims it, for its lease; when nothing is heard of it, it is due after `again`.
async fn take(
    db: &DatabaseTransaction,
    account: &AccountId,
    row: job::Model,
    now: Timestamp,
    (lease, again): (Duration, Duration),
) -> Result<Job, StoreError> {
    use job::Column as C;
    let lease_until = now.plus(lease);
    job::Entity::update_many()
        .col_expr(C::Fence, Expr::value(row.fence + 1))
        .col_expr(C::Attempts, Expr::value(row.attempts + 1))
        .col_expr(C::LeaseUntil, Expr::value(lease_until.as_micros()))
        .col_expr(C::DueTime, Expr::value(now.plus(again).as_micros()))
        .filter(C::AccountId.eq(account.as_str()).and(C::Id.eq(row.id)))
        .exec(db)
        .await?;
    Ok(Job {
        account: account.clone(),
        id: row.id,
        kind: row.kind,
        payload: row.payload,
        attempt: u32::try_from(row.attempts + 1).unwrap_or(u32::MAX),
        fence: row.fence + 1,
        now,
        lease_until,
    })
}

async fn set_aside(db: &DatabaseTransaction, account: &AccountId, row: &job::Model) -> Result<(), StoreError> {
    use job::Column as C;
    let error = if row.last_error.is_empty() { "its workers did not come back" } else { row.last_error.as_str() };
    let held = C::AccountId.eq(account.as_str()).and(C::Id.eq(row.id));
    settle(db, held, &Finish::Parked { error: error.to_owned() }).await?;
    Ok(())
}

/// Makes the regular jobs that the account lacks.
async fn make_regular(
    store: &Store,
    db: &DatabaseTransaction,
    account: &AccountId,
    kinds: &[&str],
    now: Timestamp,
) -> Result<(), StoreError> {
    use job::Column as C;
    for kind in kinds {
        let found: Option<Uuid> = job::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::AccountId.eq(account.as_str()).and(C::Kind.eq(*kind)))
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        if found.is_none() {
            insert(store, db, account, (kind, ""), now, now).await?;
        }
    }
    Ok(())
}

async fn insert(
    store: &Store,
    db: &DatabaseTransaction,
    account: &AccountId,
    (kind, payload): (&str, &str),
    due: Timestamp,
    now: Timestamp,
) -> Result<Uuid, StoreError> {
    let id = store.random_id();
    let row = job::ActiveModel {
        account_id: Set(account.to_string()),
        id: Set(id),
        kind: Set(kind.to_owned()),
        payload: Set(payload.to_owned()),
        due_time: Set(due.as_micros()),
        attempts: Set(0),
        fence: Set(0),
        lease_until: Set(None),
        state: Set("waiting".to_owned()),
        last_error: Set(String::new()),
        create_time: Set(now.as_micros()),
    };
    job::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}
