//! The texts behind the best hits, read from where they live.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::StoreError;
use super::super::dialect::among;
use super::super::rows::{comment, contact, message};
use super::find::Shown;
use super::gather::{contact_text, head_of};
use crate::domain::ids::AccountId;
use crate::domain::search::Field;

/// The texts of these messages, comments and contacts, by id; one statement per kind.
pub async fn text_of(
    db: &impl ConnectionTrait,
    account: &AccountId,
    parts: impl Iterator<Item = (Field, Uuid)>,
) -> Result<BTreeMap<Uuid, Shown>, StoreError> {
    let parts: Vec<(Field, Uuid)> = parts.collect();
    let of = |kind: Field| parts.iter().filter(move |part| part.0 == kind).map(|part| part.1).collect::<Vec<_>>();
    let mut texts = BTreeMap::new();
    for (field, rows) in [
        (Field::Message, messages(db, account, of(Field::Message)).await?),
        (Field::Comment, comments(db, account, of(Field::Comment)).await?),
        (Field::Contact, contacts(db, account, of(Field::Contact)).await?),
    ] {
        let shown = |(id, place, text)| (id, Shown { field, source: Some((id, place)), text });
        texts.extend(rows.into_iter().map(shown));
    }
    Ok(texts)
}

type Texts = Vec<(Uuid, Option<Uuid>, String)>;

async fn messages(db: &impl ConnectionTrait, account: &AccountId, ids: Vec<Uuid>) -> Result<Texts, StoreError> {
    use message::Column as M;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, Uuid, String)> = message::Entity::find()
        .select_only()
        .columns([M::Id, M::ConversationId])
        .expr_as(head_of(M::Text), "text")
        .filter(M::AccountId.eq(account.as_str()))
        .filter(among(db.get_database_backend(), M::Id, ids.into_iter().map(Into::into)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, place, text)| (id, Some(place), text)).collect())
}

async fn comments(db: &impl ConnectionTrait, account: &AccountId, ids: Vec<Uuid>) -> Result<Texts, StoreError> {
    use comment::Column as N;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, Uuid, String)> = comment::Entity::find()
        .select_only()
        .columns([N::Id, N::ConversationId])
        .expr_as(head_of(N::Text), "text")
        .filter(N::AccountId.eq(account.as_str()))
        .filter(among(db.get_database_backend(), N::Id, ids.into_iter().map(Into::into)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, place, text)| (id, Some(place), text)).collect())
}

async fn contacts(db: &impl ConnectionTrait, account: &AccountId, ids: Vec<Uuid>) -> Result<Texts, StoreError> {
    use contact::Column as K;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, String, String)> = contact::Entity::find()
        .select_only()
        .columns([K::Id, K::DisplayName, K::Points])
        .filter(K::AccountId.eq(account.as_str()))
        .filter(among(db.get_database_backend(), K::Id, ids.into_iter().map(Into::into)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, name, points)| (id, None, contact_text(&name, &points))).collect())
}
