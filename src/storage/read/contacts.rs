//! Reading contacts.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::dialect::among;
use super::super::rows::{Stored, contact};
use super::super::{Store, StoreError, filter_sql};
use super::page::{self, Key};
use crate::domain::contact::Contact;
use crate::domain::filter::schema::ContactField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, ContactId};
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::page::{Page, PageRequest};

/// One contact.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let row = contact::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    let row = row.filter(|row| row.delete_time.is_none());
    Ok(row.map(Contact::from_row).transpose()?)
}

/// One contact, or what is left of one that became one with another: its id, and which.
///
/// # Errors
/// The database's.
pub async fn find(store: &Store, account: &AccountId, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let row = contact::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    let row = row.filter(|row| row.delete_time.is_none() || row.merged_into.is_some());
    Ok(row.map(Contact::from_row).transpose()?)
}

/// One page of contacts.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    filter: &Plan<ContactField>,
    (order, direction): (ContactField, Direction),
    page: &PageRequest,
) -> Result<Page<Contact>, StoreError> {
    let select = contact::Entity::find()
        .filter(contact::Column::AccountId.eq(account.as_str()))
        .filter(contact::Column::DeleteTime.is_null())
        .filter(filter_sql::condition(filter, filter_sql::contact, store.backend()));
    // Ids are made in the order of time.
    let first = match order {
        ContactField::DisplayName => Some(Key::column(contact::Column::NameFolded)),
        ContactField::UpdateTime => Some(Key::column(contact::Column::UpdateTime)),
        _ => None,
    };
    let keys: Vec<_> = first.into_iter().chain([Key::column(contact::Column::Id)]).collect();
    page::fetch(store, select, &keys, direction, page).await
}

/// The contacts among these records, in no order.
///
/// # Errors
/// The database's.
pub async fn some(store: &Store, account: &AccountId, records: &[RecordRef]) -> Result<Vec<Contact>, StoreError> {
    let ids = records.iter().filter(|record| record.kind() == RecordKind::Contact).map(|record| record.uuid().into());
    let rows = contact::Entity::find()
        .filter(contact::Column::AccountId.eq(account.as_str()))
        .filter(contact::Column::DeleteTime.is_null())
        .filter(among(store.backend(), contact::Column::Id, ids))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Contact::from_row).collect::<Result<_, _>>()?)
}
