//! Deleting what has run out, a bounded number of rows per statement so that no lane waits for it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement, Value};
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Rows deleted by one statement.
pub const CHUNK: i64 = 500;

/// How long a committed batch can be looked up (W4).
const BATCH_AGE: Duration = Duration::from_hours(24);

/// Deletes stored answers past their time; returns how many, at most [`CHUNK`].
///
/// # Errors
/// The database's.
pub async fn expired_answers(store: &Store, account: &AccountId, now: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "DELETE FROM request_record WHERE account_id = $1 AND (caller, method, request_id) IN \
                       (SELECT caller, method, request_id FROM request_record \
                       WHERE account_id = $1 AND expire_time <= $2 ORDER BY expire_time LIMIT $3)";
    run(store, SQL, vec![account.as_str().into(), now.as_micros().into(), CHUNK.into()]).await
}

/// Deletes notifications made before `before`; returns how many, at most [`CHUNK`].
///
/// # Errors
/// The database's.
pub async fn old_notifications(store: &Store, account: &AccountId, before: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "DELETE FROM notification WHERE account_id = $1 AND (user_id, id) IN \
                       (SELECT user_id, id FROM notification \
                       WHERE account_id = $1 AND create_time < $2 ORDER BY create_time LIMIT $3)";
    run(store, SQL, vec![account.as_str().into(), before.as_micros().into(), CHUNK.into()]).await
}

/// Deletes marks of batches that nobody looks up any more; returns how many, at most [`CHUNK`]. Their ids sort by time.
///
/// # Errors
/// The database's.
pub async fn old_batches(store: &Store, account: &AccountId, now: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "DELETE FROM lane_batch WHERE account_id = $1 AND id IN \
                       (SELECT id FROM lane_batch WHERE account_id = $1 AND id < $2 ORDER BY id LIMIT $3)";
    let before = Uuid::from_u128(u128::from(now.minus(BATCH_AGE).as_millis()) << 80);
    run(store, SQL, vec![account.as_str().into(), before.into(), CHUNK.into()]).await
}

/// Deletes the events without ticket among the [`CHUNK`] sequences after `after` and up to `upto`; those of tickets are
/// their history (C4).
///
/// # Errors
/// The database's.
pub async fn events_of_no_ticket(store: &Store, account: &AccountId, after: i64, upto: i64) -> Result<i64, StoreError> {
    const SQL: &str = "DELETE FROM event WHERE account_id = $1 AND sequence > $2 AND sequence <= $3 \
                       AND ticket_number IS NULL";
    run(store, SQL, vec![account.as_str().into(), after.into(), upto.min(after + CHUNK).into()]).await
}

async fn run(store: &Store, sql: &str, values: Vec<Value>) -> Result<i64, StoreError> {
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
    let done = store.writer().execute_raw(statement).await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}
