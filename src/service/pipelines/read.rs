//! Reading pipelines, their statuses and what happens by itself in them.

use crate::domain::ids::{PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::read::pipelines;

/// A pipeline with the ids of its statuses, in order.
pub type PipelineWithStatuses = (Pipeline, Vec<StatusId>);

/// One pipeline.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &PipelineId) -> Result<PipelineWithStatuses, Rejection> {
    let account = grant.account()?;
    let found = pipelines::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Pipeline(id.clone()).within(account) })
}

/// The pipeline of an automation, and whether its rules do nothing for want of a tier (C-007).
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn automation(service: &Service, grant: &Grant, id: &PipelineId) -> Result<(Pipeline, bool), Rejection> {
    let account = grant.account()?;
    let found = pipelines::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let missing = || Rejection::NotFound { resource: Name::PipelineAutomation(id.clone()).within(account) };
    let suspended = grant.tier().is_some_and(|tier| !Feature::StatusFromEmail.is_in(tier));
    Ok((found.ok_or_else(missing)?.0, suspended))
}

/// One page of pipelines, by position.
///
/// # Errors
/// The storage's.
pub async fn list(
    service: &Service,
    grant: &Grant,
    query: &ListQuery,
) -> Result<Page<PipelineWithStatuses>, Rejection> {
    pipelines::list(&service.store, grant.account()?, &query.page).await.map_err(|error| error.rejection())
}

/// One status.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn status(
    service: &Service,
    grant: &Grant,
    (pipeline, id): &(PipelineId, StatusId),
) -> Result<Status, Rejection> {
    let account = grant.account()?;
    let found = pipelines::status(&service.store, account, pipeline, id).await.map_err(|error| error.rejection())?;
    let name = || Name::Status(pipeline.clone(), id.clone());
    found.ok_or_else(|| Rejection::NotFound { resource: name().within(account) })
}

/// One page of the statuses of a pipeline, by position.
///
/// # Errors
/// [`Rejection::NotFound`] for the pipeline, or the storage's.
pub async fn statuses(
    service: &Service,
    grant: &Grant,
    pipeline: &PipelineId,
    query: &ListQuery,
) -> Result<Page<Status>, Rejection> {
    get(service, grant, pipeline).await?;
    let page = pipelines::statuses(&service.store, grant.account()?, pipeline, &query.page).await;
    page.map_err(|error| error.rejection())
}
