//! Reading pipelines and their statuses.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, pipeline, pipeline_status};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, PipelineId, StatusId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::pipeline::{Pipeline, Status};

/// A pipeline with the ids of its statuses, in order.
type WithStatuses = (Pipeline, Vec<StatusId>);

/// One pipeline.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &PipelineId) -> Result<Option<WithStatuses>, StoreError> {
    let row = pipeline::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(with_statuses(store, account, vec![Pipeline::from_row(row)?]).await?.pop())
}

/// One page of pipelines, by position.
///
/// # Errors
/// The database's.
pub async fn list(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<WithStatuses>, StoreError> {
    use pipeline::Column;
    let select = pipeline::Entity::find().filter(Column::AccountId.eq(account.as_str()));
    let keys = [Key::column(Column::Position), Key::column(Column::Id)];
    let page = page::fetch(store, select, &keys, Direction::Ascending, page).await?;
    Ok(Page { items: with_statuses(store, account, page.items).await?, next: page.next })
}

async fn with_statuses(
    store: &Store,
    account: &AccountId,
    pipelines: Vec<Pipeline>,
) -> Result<Vec<WithStatuses>, StoreError> {
    use pipeline_status::Column;
    let ids = pipelines.iter().map(|pipeline| Value::from(pipeline.id.to_string()));
    let rows = pipeline_status::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), Column::PipelineId, ids))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(store.reader())
        .await?;
    let mut statuses: HashMap<String, Vec<StatusId>> = HashMap::new();
    for row in rows {
        statuses.entry(row.pipeline_id).or_default().push(StatusId::stored(row.id));
    }
    let with = |pipeline: Pipeline| (statuses.remove(pipeline.id.as_str()).unwrap_or_default(), pipeline);
    Ok(pipelines.into_iter().map(with).map(|(statuses, pipeline)| (pipeline, statuses)).collect())
}

/// One status.
///
/// # Errors
/// The database's.
pub async fn status(
    store: &Store,
    account: &AccountId,
    pipeline: &PipelineId,
    id: &StatusId,
) -> Result<Option<Status>, StoreError> {
    let key = (account.to_string(), pipeline.to_string(), id.to_string());
    let row = pipeline_status::Entity::find_by_id(key).one(store.reader()).await?;
    Ok(row.map(Status::from_row).transpose()?)
}

/// The statuses of a pipeline, by position.
///
/// # Errors
/// The database's.
pub async fn every_status(
    store: &Store,
    account: &AccountId,
    pipeline: &PipelineId,
) -> Result<Vec<Status>, StoreError> {
    use pipeline_status::Column;
    let rows = pipeline_status::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::PipelineId.eq(pipeline.as_str()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Status::from_row).collect::<Result<_, _>>()?)
}

/// One page of the statuses of a pipeline, by position.
///
/// # Errors
/// The database's.
pub async fn statuses(
    store: &Store,
    account: &AccountId,
    pipeline: &PipelineId,
    page: &PageRequest,
) -> Result<Page<Status>, StoreError> {
    use pipeline_status::Column;
    let select = pipeline_status::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::PipelineId.eq(pipeline.as_str()));
    let keys = [Key::column(Column::Position), Key::column(Column::Id)];
    page::fetch(store, select, &keys, Direction::Ascending, page).await
}
