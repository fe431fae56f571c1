//! Reading companies, deals and activities.

use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder};

use super::super::dialect::among;
use super::super::rows::{Stored, activity, company, deal};
use super::super::{Store, StoreError, filter_sql};
use super::page::{self, Key};
use super::scope;
use crate::domain::access::{Rights, Use};
use crate::domain::activity::Activity;
use crate::domain::company::Company;
use crate::domain::deal::Deal;
use crate::domain::filter::schema::{ActivityField, CompanyField, DealField};
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, ActivityId, CompanyId, DealId};
use crate::domain::links::{RecordKind, RecordRef};
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

/// The companies among these records, by name.
///
/// # Errors
/// The database's.
pub async fn some_companies(
    store: &Store,
    account: &AccountId,
    records: &[RecordRef],
) -> Result<Vec<Company>, StoreError> {
    let ids = records.iter().filter(|record| record.kind() == RecordKind::Company).map(|record| record.uuid().into());
    let rows = company::Entity::find()
        .filter(company::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), company::Column::Id, ids))
        .order_by_asc(company::Column::NameFolded)
        .order_by_asc(company::Column::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Company::from_row).collect::<Result<_, _>>()?)
}

/// The deals among these records, by name.
///
/// # Errors
/// The database's.
pub async fn some_deals(store: &Store, account: &AccountId, records: &[RecordRef]) -> Result<Vec<Deal>, StoreError> {
    let ids = records.iter().filter(|record| record.kind() == RecordKind::Deal).map(|record| record.uuid().into());
    let rows = deal::Entity::find()
        .filter(deal::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), deal::Column::Id, ids))
        .order_by_asc(deal::Column::NameFolded)
        .order_by_asc(deal::Column::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Deal::from_row).collect::<Result<_, _>>()?)
}

/// One activity.
///
/// # Errors
/// The database's.
pub async fn activity(store: &Store, account: &AccountId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
    let row = activity::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Activity::from_row).transpose()?)
}

/// One page of activities. Tickets that the rights do not reach are associated with none, as far as the filter goes.
///
/// # Errors
/// The database's.
pub async fn activities(
    store: &Store,
    (account, rights): (&AccountId, &Rights),
    filter: &Plan<ActivityField>,
    (order, direction): (ActivityField, Direction),
    page: &PageRequest,
) -> Result<Page<Activity>, StoreError> {
    use activity::Column;
    let target = |field: ActivityField, backend: DbBackend| match field {
        ActivityField::Ticket => filter_sql::tickets_of_activity(scope::tickets(backend, account, rights, Use::View)),
        other => filter_sql::activity(other, backend),
    };
    let select = activity::Entity::find().filter(Column::AccountId.eq(account.as_str())).filter(filter_sql::condition(
        filter,
        target,
        store.backend(),
    ));
    let first = (order == ActivityField::HappenTime).then(|| Key::column(Column::HappenTime));
    let keys: Vec<_> = first.into_iter().chain([Key::column(Column::Id)]).collect();
    page::fetch(store, select, &keys, direction, page).await
}
