//! Reading companies and deals.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rows::{Stored, company, deal};
use super::super::{Store, StoreError, filter_sql};
use super::page::{self, Key};
use crate::domain::company::Company;
use crate::domain::deal::Deal;
use crate::domain::filter::schema::{CompanyField, DealField};
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, CompanyId, DealId};
use crate::domain::page::{Page, PageRequest};

/// One company.
///
/// # Errors
/// The database's.
pub async fn company(store: &Store, account: &AccountId, id: CompanyId) -> Result<Option<Company>, StoreError> {
    let row = company::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Company::from_row).transpose()?)
}

/// One page of companies.
///
/// # Errors
/// The database's.
pub async fn companies(
    store: &Store,
    account: &AccountId,
    filter: &Plan<CompanyField>,
    (order, direction): (CompanyField, Direction),
    page: &PageRequest,
) -> Result<Page<Company>, StoreError> {
    use company::Column;
    let select = company::Entity::find().filter(Column::AccountId.eq(account.as_str())).filter(filter_sql::condition(
        filter,
        filter_sql::company,
        store.backend(),
    ));
    // Ids are made in the order of time.
    let first = match order {
        CompanyField::DisplayName => Some(Key::column(Column::NameFolded)),
        CompanyField::UpdateTime => Some(Key::column(Column::UpdateTime)),
        _ => None,
    };
    let keys: Vec<_> = first.into_iter().chain([Key::column(Column::Id)]).collect();
    page::fetch(store, select, &keys, direction, page).await
}

/// One deal.
///
/// # Errors
/// The database's.
pub async fn deal(store: &Store, account: &AccountId, id: DealId) -> Result<Option<Deal>, StoreError> {
    let row = deal::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Deal::from_row).transpose()?)
}

/// One page of deals.
///
/// # Errors
/// The database's.
pub async fn deals(
    store: &Store,
    account: &AccountId,
    filter: &Plan<DealField>,
    (order, direction): (DealField, Direction),
    page: &PageRequest,
) -> Result<Page<Deal>, StoreError> {
    use deal::Column;
    let select = deal::Entity::find().filter(Column::AccountId.eq(account.as_str())).filter(filter_sql::condition(
        filter,
        filter_sql::deal,
        store.backend(),
    ));
    let first = match order {
        DealField::DisplayName => Some(Key::column(Column::NameFolded)),
        DealField::UpdateTime => Some(Key::column(Column::UpdateTime)),
        _ => None,
    };
    let keys: Vec<_> = first.into_iter().chain([Key::column(Column::Id)]).collect();
    page::fetch(store, select, &keys, direction, page).await
}
