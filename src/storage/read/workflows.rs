//! Reading workflows and their runs.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::rows::{Stored, workflow, workflow_run};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, PipelineId, RunId, WorkflowId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::time::Timestamp;
use crate::domain::workflow::{Run, Workflow};

/// One workflow.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &WorkflowId) -> Result<Option<Workflow>, StoreError> {
    let row = workflow::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(Workflow::from_row).transpose()?)
}

/// One page of workflows, by id.
///
/// # Errors
/// The database's.
pub async fn list(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<Workflow>, StoreError> {
    let select = workflow::Entity::find().filter(workflow::Column::AccountId.eq(account.as_str()));
    page::fetch(store, select, &[Key::column(workflow::Column::Id)], Direction::Ascending, page).await
}

/// The workflows that hold the actions on the statuses of a pipeline, by status; of statuses that have some.
///
/// # Errors
/// The database's.
pub async fn of_statuses(
    store: &Store,
    account: &AccountId,
    pipeline: &PipelineId,
) -> Result<Vec<Workflow>, StoreError> {
    use workflow::Column;
    let rows = workflow::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::PipelineId.eq(pipeline.as_str()))
        .order_by_asc(Column::StatusId)
        .all(store.reader())
        .await?;
    let mut found = rows.into_iter().map(Workflow::from_row).collect::<Result<Vec<_>, _>>()?;
    found.retain(|workflow| !workflow.is_over());
    Ok(found)
}

/// One run.
///
/// # Errors
/// The database's.
pub async fn run(store: &Store, account: &AccountId, id: RunId) -> Result<Option<Run>, StoreError> {
    let row = workflow_run::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Run::from_row).transpose()?)
}

/// One page of the runs of a workflow, newest first.
///
/// # Errors
/// The database's.
pub async fn runs(
    store: &Store,
    account: &AccountId,
    workflow: &WorkflowId,
    page: &PageRequest,
) -> Result<Page<Run>, StoreError> {
    use workflow_run::Column;
    let select = workflow_run::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::WorkflowId.eq(workflow.as_str()));
    page::fetch(store, select, &[Key::column(Column::Id)], Direction::Descending, page).await
}

/// Written out, because the partial index serves no comparison with a parameter.
fn waits() -> Expr {
    Expr::cust("state = 'waiting'")
}

/// The runs that are due first: by time, and of one time by ticket.
///
/// # Errors
/// The database's.
pub async fn due(store: &Store, account: &AccountId, now: Timestamp, limit: usize) -> Result<Vec<RunId>, StoreError> {
    use workflow_run::Column;
    let ids: Vec<uuid::Uuid> = workflow_run::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(waits())
        .filter(Column::DueTime.lte(now.as_micros()))
        .order_by_asc(Column::DueTime)
        .order_by_asc(Column::TicketNumber)
        .order_by_asc(Column::Id)
        .limit(limit as u64)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(ids.into_iter().map(RunId).collect())
}

/// When the next run of an account is due.
///
/// # Errors
/// The database's.
pub async fn next_due(store: &Store, account: &AccountId) -> Result<Option<Timestamp>, StoreError> {
    use workflow_run::Column;
    let next: Option<i64> = workflow_run::Entity::find()
        .select_only()
        .column(Column::DueTime)
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(waits())
        .order_by_asc(Column::DueTime)
        .limit(1)
        .into_tuple()
        .one(store.reader())
        .await?;
    Ok(next.map(Timestamp::from_micros))
}
