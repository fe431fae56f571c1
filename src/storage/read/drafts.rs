//! Reading drafts. Whose they are is judged here for lists, and by the caller of [`get`].

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rows::{Stored, draft};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use super::said::Viewer;
use crate::domain::draft::Draft;
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, ConversationId, DraftId, UserId};
use crate::domain::page::{Page, PageRequest};

/// One draft, whoever's it is.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: DraftId) -> Result<Option<Draft>, StoreError> {
    let row = draft::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Draft::from_row).transpose()?)
}

/// The drafts of a person in one conversation, which the person may read, or in all in reach, oldest first.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    viewer: Viewer<'_>,
    user: &UserId,
    of: Option<ConversationId>,
    page: &PageRequest,
) -> Result<Page<Draft>, StoreError> {
    let select = draft::Entity::find()
        .filter(draft::Column::AccountId.eq(viewer.account.as_str()))
        .filter(draft::Column::UserId.eq(user.as_str()))
        .filter(viewer.of_conversations(store.backend(), draft::Column::ConversationId, of));
    // Ids are made in the order of time.
    fetch(store, select, &[Key::column(draft::Column::Id)], Direction::Ascending, page).await
}
