//! Reading customer agents.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rows::{Stored, customer_agent};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, CustomerAgentId};
use crate::domain::page::{Page, PageRequest};

/// One customer agent.
///
/// # Errors
/// The database's.
pub async fn get(
    store: &Store,
    account: &AccountId,
    id: &CustomerAgentId,
) -> Result<Option<CustomerAgent>, StoreError> {
    let row = customer_agent::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(CustomerAgent::from_row).transpose()?)
}

/// One page of customer agents, by id.
///
/// # Errors
/// The database's.
pub async fn list(store: &Store, account: &AccountId, page: &PageRequest) -> Result<Page<CustomerAgent>, StoreError> {
    let select = customer_agent::Entity::find().filter(customer_agent::Column::AccountId.eq(account.as_str()));
    page::fetch(store, select, &[Key::column(customer_agent::Column::Id)], Direction::Ascending, page).await
}
