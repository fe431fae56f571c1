//! Reading workflows and their runs.

use crate::domain::ids::{RunId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Run, Workflow};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::read::workflows as read;

/// One workflow.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &WorkflowId) -> Result<Workflow, Rejection> {
    let account = grant.account()?;
    let found = read::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found
        .filter(|workflow| !workflow.is_over())
        .ok_or_else(|| Rejection::NotFound { resource: Name::Workflow(id.clone()).within(account) })
}

/// One page of workflows, by id. It holds fewer where some are kept only for the runs on them.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Workflow>, Rejection> {
    let page = read::list(&service.store, grant.account()?, &query.page).await;
    let mut page = page.map_err(|error| error.rejection())?;
    page.items.retain(|workflow| !workflow.is_over());
    Ok(page)
}

/// One run.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn run(service: &Service, grant: &Grant, (workflow, id): &(WorkflowId, RunId)) -> Result<Run, Rejection> {
    let account = grant.account()?;
    let found = read::run(&service.store, account, *id).await.map_err(|error| error.rejection())?;
    let name = || Name::WorkflowRun(workflow.clone(), *id).within(account);
    found.filter(|run| run.workflow == *workflow).ok_or_else(|| Rejection::NotFound { resource: name() })
}

/// One page of the runs of a workflow, newest first.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn runs(
    service: &Service,
    grant: &Grant,
    workflow: &WorkflowId,
    query: &ListQuery,
) -> Result<Page<Run>, Rejection> {
    let account = grant.account()?;
    let page = read::runs(&service.store, account, workflow, &query.page).await.map_err(|error| error.rejection())?;
    if page.items.is_empty() {
        // Runs outlive their workflow; without any it must be there.
        get(service, grant, workflow).await?;
    }
    Ok(page)
}
