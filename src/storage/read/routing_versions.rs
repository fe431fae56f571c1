//! Reading versions of routings.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rows::{Stored, routing_version};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, ChannelId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::routing::RoutingVersion;

/// One version.
///
/// # Errors
/// The database's.
pub async fn get(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    number: i64,
) -> Result<Option<RoutingVersion>, StoreError> {
    let key = (account.to_string(), channel.to_string(), number);
    let row = routing_version::Entity::find_by_id(key).one(store.reader()).await?;
    Ok(row.map(RoutingVersion::from_row).transpose()?)
}

/// One page of the versions of a channel, the newest first.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    page: &PageRequest,
) -> Result<Page<RoutingVersion>, StoreError> {
    use routing_version::Column as C;
    let select = routing_version::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ChannelId.eq(channel.as_str()));
    page::fetch(store, select, &[Key::column(C::Number)], Direction::Descending, page).await
}
