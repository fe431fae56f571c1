//! Reading files. Who may see them is judged by the caller of these.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::dialect::among;
use super::super::rows::{Stored, attachment};
use super::super::{Store, StoreError};
use crate::domain::attachment::AttachmentFile;
use crate::domain::ids::{AccountId, AttachmentId, ConversationId};
use crate::domain::time::Timestamp;

/// One file, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: AttachmentId) -> Result<Option<AttachmentFile>, StoreError> {
    let row = attachment::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(AttachmentFile::from_row).transpose()?)
}

/// Files that nothing used until their end, at most `most`.
///
/// # Errors
/// The database's.
pub async fn expired(
    store: &Store,
    account: &AccountId,
    now: Timestamp,
    most: u64,
) -> Result<Vec<AttachmentId>, StoreError> {
    use attachment::Column as C;
    let found: Vec<Uuid> = attachment::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ExpireTime.is_not_null())
        .filter(C::ExpireTime.lte(now.as_micros()))
        .order_by_asc(C::ExpireTime)
        .limit(most)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(found.into_iter().map(AttachmentId).collect())
}

/// The files of a conversation, at most `most`.
///
/// # Errors
/// The database's.
pub async fn of_conversation(
    store: &Store,
    account: &AccountId,
    conversation: ConversationId,
    most: u64,
) -> Result<Vec<AttachmentId>, StoreError> {
    use attachment::Column as C;
    let found: Vec<Uuid> = attachment::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ConversationId.eq(conversation.0))
        .order_by_asc(C::Id)
        .limit(most)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(found.into_iter().map(AttachmentId).collect())
}

/// Those of `blobs` that some file's bytes are in.
///
/// # Errors
/// The database's.
pub async fn in_use(store: &Store, account: &AccountId, blobs: &[Uuid]) -> Result<BTreeSet<Uuid>, StoreError> {
    use attachment::Column as C;
    let found: Vec<Uuid> = attachment::Entity::find()
        .select_only()
        .column(C::BlobId)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::BlobId, blobs.iter().map(|id| (*id).into())))
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(found.into_iter().collect())
}
