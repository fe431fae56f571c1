//! Whose turn an account is, among the replicas on PostgreSQL: an advisory lock until the end of the transaction.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::super::Store;
use super::batch::Batch;
use crate::domain::ids::AccountId;

/// Takes the turns of all batches. One alone is waited for. Of several those are taken that are free, in one statement,
/// and the others put off until they come alone: so nobody waits for another account, and no two commits for each other.
pub(super) async fn take(store: &Store, db: &impl ConnectionTrait, batches: &mut [Batch]) -> Result<(), DbErr> {
    if let [batch] = batches {
        return wait(store, db, &batch.account, batch.patience()).await;
    }
    let accounts: Vec<&str> = batches.iter().map(|batch| batch.account.as_str()).collect();
    let free = "SELECT pg_try_advisory_xact_lock(hashtextextended(a.id, 0)) AS free \
                FROM json_array_elements_text($1::json) WITH ORDINALITY AS a(id, place) ORDER BY a.place";
    let values = [serde_json::Value::from(accounts).to_string().into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, free, values)).await?;
    for (batch, row) in batches.iter_mut().zip(rows) {
        if !row.try_get::<bool>("", "free")? {
            batch.wait_alone();
        }
    }
    Ok(())
}

/// Waits for the account's turn, and holds it until the end of the transaction (W6). The wait ends when the patience
/// does, and in any case after the time that every lock may take.
pub(super) async fn wait(
    store: &Store,
    db: &impl ConnectionTrait,
    account: &AccountId,
    patience: Option<Duration>,
) -> Result<(), DbErr> {
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
