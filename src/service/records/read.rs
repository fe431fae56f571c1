//! Reading companies, deals and activities.

use crate::domain::activity::Activity;
use crate::domain::company::Company;
use crate::domain::deal::Deal;
use crate::domain::filter::Direction;
use crate::domain::filter::schema::{
    ACTIVITY, ACTIVITY_ORDER, ActivityField, COMPANY, COMPANY_ORDER, CompanyField, DEAL, DEAL_ORDER, DealField,
};
use crate::domain::ids::{ActivityId, CompanyId, DealId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::storage::read::records;

/// One company.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn company(service: &Service, grant: &Grant, id: CompanyId) -> Result<Company, Rejection> {
    let account = grant.account()?;
    let found = records::company(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Company(id).within(account) })
}

/// One page of companies, by name unless another order is asked for.
///
/// # Errors
/// A filter or an order that is none, or the storage's.
pub async fn companies(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Company>, Rejection> {
    let filter = page::plan(service, grant, &COMPANY, &query.filter)?;
    let by_name = (CompanyField::DisplayName, Direction::Ascending);
    let order = page::order(&query.order_by, COMPANY_ORDER, CompanyField::CreateTime, by_name)?;
    records::companies(&service.store, grant.account()?, &filter, order, &query.page)
        .await
        .map_err(|error| error.rejection())
}

/// One deal.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn deal(service: &Service, grant: &Grant, id: DealId) -> Result<Deal, Rejection> {
    let account = grant.account()?;
    let found = records::deal(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Deal(id).within(account) })
}

/// One page of deals, by name unless another order is asked for.
///
/// # Errors
/// A filter or an order that is none, or the storage's.
pub async fn deals(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Deal>, Rejection> {
    let filter = page::plan(service, grant, &DEAL, &query.filter)?;
    let by_name = (DealField::DisplayName, Direction::Ascending);
    let order = page::order(&query.order_by, DEAL_ORDER, DealField::CreateTime, by_name)?;
    records::deals(&service.store, grant.account()?, &filter, order, &query.page)
        .await
        .map_err(|error| error.rejection())
}

/// One activity.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn activity(service: &Service, grant: &Grant, id: ActivityId) -> Result<Activity, Rejection> {
    let account = grant.account()?;
    let found = records::activity(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::Activity(id).within(account) })
}

/// One page of activities, newest first unless another order is asked for.
///
/// # Errors
/// A filter or an order that is none, or the storage's.
pub async fn activities(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Activity>, Rejection> {
    let filter = page::plan(service, grant, &ACTIVITY, &query.filter)?;
    let newest = (ActivityField::HappenTime, Direction::Descending);
    let order = page::order(&query.order_by, ACTIVITY_ORDER, ActivityField::CreateTime, newest)?;
    records::activities(&service.store, (grant.account()?, grant.rights()), &filter, order, &query.page)
        .await
        .map_err(|error| error.rejection())
}
