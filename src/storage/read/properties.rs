//! Reading the properties of tickets, and the creation form.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rows::{Stored, property, ticket_form};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, PropertyId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::Property;
use crate::domain::ticket_form::TicketForm;

/// One property.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &PropertyId) -> Result<Option<Property>, StoreError> {
    let row = property::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(Property::from_row).transpose()?)
}

/// Every property, the archived ones too.
///
/// # Errors
/// The database's.
pub async fn all(store: &Store, account: &AccountId) -> Result<Vec<Property>, StoreError> {
    let of_account = property::Entity::find().filter(property::Column::AccountId.eq(account.as_str()));
    let rows = of_account.all(store.reader()).await?;
    Ok(rows.into_iter().map(Property::from_row).collect::<Result<_, _>>()?)
}

/// One page of properties, by id.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    archived: bool,
    page: &PageRequest,
) -> Result<Page<Property>, StoreError> {
    use property::Column;
    let mut select = property::Entity::find().filter(Column::AccountId.eq(account.as_str()));
    if !archived {
        select = select.filter(Column::Archived.eq(false));
    }
    fetch(store, select, &[Key::column(Column::Id)], Direction::Ascending, page).await
}

/// The creation form.
///
/// # Errors
/// The database's.
pub async fn form(store: &Store, account: &AccountId) -> Result<TicketForm, StoreError> {
    let row = ticket_form::Entity::find_by_id(account.to_string()).one(store.reader()).await?;
    Ok(row.map(TicketForm::from_row).transpose()?.unwrap_or_default())
}
