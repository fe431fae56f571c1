//! Reading texts that replies insert.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, text_block};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, TextBlockId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::text_block::{TextBlock, TextBlockKind};

/// One text.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: &TextBlockId) -> Result<Option<TextBlock>, StoreError> {
    let row = text_block::Entity::find_by_id((account.to_string(), id.to_string())).one(store.reader()).await?;
    Ok(row.map(TextBlock::from_row).transpose()?)
}

/// Those of these texts that are there.
///
/// # Errors
/// The database's.
pub async fn some(store: &Store, account: &AccountId, ids: &[TextBlockId]) -> Result<Vec<TextBlock>, StoreError> {
    let ids = ids.iter().map(|id| Value::from(id.to_string()));
    let rows = text_block::Entity::find()
        .filter(text_block::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), text_block::Column::Id, ids))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(TextBlock::from_row).collect::<Result<_, _>>()?)
}

/// One page of texts, by id; without a kind those that replies insert.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    kind: Option<TextBlockKind>,
    archived: bool,
    page: &PageRequest,
) -> Result<Page<TextBlock>, StoreError> {
    use text_block::Column;
    let mut select = text_block::Entity::find().filter(Column::AccountId.eq(account.as_str()));
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(text_block::stored_kind(kind).code()));
    }
    select = match kind {
        Some(TextBlockKind::Email) => select.filter(Column::Automated.ne("")),
        _ => select.filter(Column::Automated.eq("")),
    };
    if !archived {
        select = select.filter(Column::Archived.eq(false));
    }
    fetch(store, select, &[Key::column(Column::Id)], Direction::Ascending, page).await
}
