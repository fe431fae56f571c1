//! Reading workflows and their runs.

use crate::domain::access::Level;
use crate::domain::ids::{RunId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Run, Workflow};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::read::{events, workflows as read};

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
    let mut found: Vec<Run> = found.into_iter().filter(|run| run.workflow == *workflow).collect();
    keep_visible(service, grant, &mut found).await?;
    found.pop().ok_or_else(|| Rejection::NotFound { resource: name() })
}

/// Leaves out the runs of tickets that the caller does not see. Whoever sees all sees those of tickets that are gone, too.
async fn keep_visible(service: &Service, grant: &Grant, runs: &mut Vec<Run>) -> Result<(), Rejection> {
    let rights = grant.rights();
    if runs.is_empty() || rights.view.level == Level::All {
        return Ok(());
    }
    let numbers = runs.iter().map(|run| run.ticket).collect();
    let visible = events::visible_tickets(&service.store, grant.account()?, rights, &numbers).await;
    let visible = visible.map_err(|error| error.rejection())?;
    runs.retain(|run| visible.contains(&run.ticket));
    Ok(())
}

/// One page of the runs of a workflow, newest first. It holds fewer where the caller does not see all tickets.
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
    let page = read::runs(&service.store, account, workflow, &query.page).await;
    let mut page = page.map_err(|error| error.rejection())?;
    if page.items.is_empty() {
        // Runs outlive their workflow; without any it must be there.
        get(service, grant, workflow).await?;
    }
    keep_visible(service, grant, &mut page.items).await?;
    Ok(page)
}
