//! Reading channels and their routing.

use super::routing::FlaggedRouting;
use crate::domain::channel::Channel;
use crate::domain::ids::{ChannelId, PipelineId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{everybody_named, flagged};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::service::pipelines;
use crate::storage::read::channels;

/// One channel.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &ChannelId) -> Result<Channel, Rejection> {
    find(service, grant, id, &Name::Channel(id.clone())).await
}

async fn find(service: &Service, grant: &Grant, id: &ChannelId, name: &Name) -> Result<Channel, Rejection> {
    let account = grant.account()?;
    let found = channels::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: name.within(account) })
}

/// One page of channels, by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Channel>, Rejection> {
    channels::list(&service.store, grant.account()?, &query.page).await.map_err(|error| error.rejection())
}

/// One page of the channels that make tickets in a pipeline, by id.
///
/// # Errors
/// [`Rejection::NotFound`] for the pipeline, or the storage's.
pub async fn making_tickets(
    service: &Service,
    grant: &Grant,
    pipeline: &PipelineId,
    query: &ListQuery,
) -> Result<Page<Channel>, Rejection> {
    pipelines::get(service, grant, pipeline).await?;
    let page = channels::making_tickets(&service.store, grant.account()?, pipeline, &query.page).await;
    page.map_err(|error| error.rejection())
}

/// The routing of a channel, with what is wrong with its target now (C-050).
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn routing(service: &Service, grant: &Grant, id: &ChannelId) -> Result<FlaggedRouting, Rejection> {
    let channel = find(service, grant, id, &Name::ChannelRouting(id.clone())).await?;
    let named = everybody_named(&channel.routing);
    let people = channels::people_of(&service.store, grant.account()?, &named).await;
    let flags = flagged(&channel.routing, &people.map_err(|error| error.rejection())?);
    Ok(FlaggedRouting { channel, flags })
}
