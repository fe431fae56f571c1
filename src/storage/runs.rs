//! Runs of workflows whose turn cannot be stored, whatever is in their rows: put off, and at last set aside, so that those
//! behind them go on (F-19). Outside of the lane, which could not read them.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::workflow_run;
use super::{Store, StoreError};
use crate::domain::ids::{AccountId, RunId, TicketNumber, WorkflowId};
use crate::domain::time::Timestamp;
use crate::domain::workflow::{LogEntry, MOST_TRIES, RunState};

/// A run that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Its workflow.
    pub workflow: WorkflowId,
    /// Its ticket.
    pub ticket: TicketNumber,
}

/// Counts a turn that failed. The run is due again after `wait`, or set aside when there were too many.
///
/// # Errors
/// The database's.
pub async fn stumble(
    store: &Store,
    account: &AccountId,
    id: RunId,
    now: Timestamp,
    wait: impl Fn(u32) -> Duration,
) -> Result<Option<Parked>, StoreError> {
    use workflow_run::Column;
    let found = workflow_run::Entity::find_by_id((account.to_string(), id.0)).one(store.writer()).await?;
    let waiting = RunState::Waiting.code();
    let Some(row) = found.filter(|row| row.state == waiting && row.due_time <= now.as_micros()) else {
        return Ok(None);
    };
    let tries = row.tries + 1;
    let parked = tries >= MOST_TRIES;
    let mut update = workflow_run::Entity::update_many()
        .col_expr(Column::Tries, Expr::value(tries))
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(waiting))
        .filter(Column::Tries.eq(row.tries));
    if parked {
        update = update
            .col_expr(Column::State, Expr::value(RunState::Failed.code()))
            .col_expr(Column::Log, Expr::value(with_end(&row, now)))
            .col_expr(Column::EndTime, Expr::value(now.as_micros()));
    } else {
        let due = now.plus(wait(u32::try_from(tries).unwrap_or(u32::MAX)));
        update = update.col_expr(Column::DueTime, Expr::value(due.as_micros()));
    }
    let done = update.exec(store.writer()).await?;
    let (workflow, ticket) = (WorkflowId::stored(row.workflow_id), TicketNumber(row.ticket_number));
    Ok((parked && done.rows_affected > 0).then_some(Parked { workflow, ticket }))
}

/// The log with its last entry; what cannot be read of it is left out.
fn with_end(row: &workflow_run::Model, now: Timestamp) -> String {
    let mut log: Vec<LogEntry> = serde_json::from_str(&row.log).unwrap_or_default();
    let why = format!("it failed {MOST_TRIES} times");
    log.push(LogEntry { step: row.step.clone(), time: now, outcome: "STOPPED".to_owned(), why });
    serde_json::to_string(&log).unwrap_or_else(|_| "[]".to_owned())
}
