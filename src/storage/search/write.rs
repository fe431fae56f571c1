//! Writing the index: rows of parts, and their words where the database wants them.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Statement, Value};
use serde_json::{Value as Json, json};

use super::super::StoreError;
use super::super::dialect::tuple_among;
use super::super::rows::search_part;
use super::gather::{Changes, PartKey};
use super::words::Slot;
use crate::domain::ids::AccountId;
use crate::domain::search::{chunks, words};

/// Pieces in one statement.
const PER_STATEMENT: usize = 200;

const INSERT_POSTGRES: &str = "INSERT INTO search_part (account_id, number, field, part_id, chunk, words) \
    SELECT $1, d.number, d.field, d.part_id, d.chunk, d.words::tsvector FROM json_to_recordset($2::json) \
    AS d(number int8, field text, part_id uuid, chunk int8, words text)";

const INSERT_SQLITE: &str = "INSERT INTO search_part (account_id, number, field, part_id, chunk, doc) \
    SELECT $1, value ->> 'number', value ->> 'field', unhex(value ->> 'part_id'), value ->> 'chunk', $3 + key \
    FROM jsonb_each($2)";

const WORDS_SQLITE: &str =
    "INSERT INTO search_words (rowid, words) SELECT $1 + key, value ->> 'words' FROM jsonb_each($2)";

/// A piece of a text on its way into the index.
#[derive(Debug)]
pub struct Piece(Json);

/// Makes the words of the texts; the slow part, done outside of any lane.
pub fn pieces(backend: DbBackend, slot: Slot, changes: &Changes) -> Vec<Piece> {
    changes.texts.iter().flat_map(|(key, text)| of_text(backend, slot, *key, text)).collect()
}

fn of_text(backend: DbBackend, slot: Slot, key: PartKey, text: &str) -> Vec<Piece> {
    let words = words(text);
    let piece = |(chunk, part): (usize, &[_])| {
        Piece(json!({
            "number": key.number,
            "field": key.field.code(),
            "part_id": key.id.simple().to_string(),
            "chunk": chunk,
            "words": slot.text(backend, part),
        }))
    };
    chunks(&words).into_iter().enumerate().map(piece).collect()
}

/// Takes parts out and puts pieces in.
pub async fn apply(
    db: &impl ConnectionTrait,
    account: &AccountId,
    changes: &Changes,
    pieces: Vec<Piece>,
) -> Result<(), StoreError> {
    let gone: Vec<PartKey> = changes.gone.iter().copied().collect();
    for keys in gone.chunks(PER_STATEMENT) {
        take_out(db, account, keys).await?;
    }
    let mut rows: Vec<Json> = pieces.into_iter().map(|piece| piece.0).collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(PER_STATEMENT));
        put_in(db, account, Json::Array(std::mem::replace(&mut rows, rest)).to_string()).await?;
    }
    Ok(())
}

async fn take_out(db: &impl ConnectionTrait, account: &AccountId, keys: &[PartKey]) -> Result<(), StoreError> {
    use search_part::Column as P;
    let backend = db.get_database_backend();
    let rows = keys.iter().map(|key| {
        let values: [Value; 4] = [account.as_str().into(), key.number.into(), key.field.code().into(), key.id.into()];
        values.to_vec()
    });
    // The account is part of the key: beside it, PostgreSQL would read all that the account has.
    let these = tuple_among(backend, &[P::AccountId, P::Number, P::Field, P::PartId], rows);
    if backend == DbBackend::Sqlite {
        forget_words(db, search_part::Entity::find().filter(these.clone())).await?;
    }
    search_part::Entity::delete_many().filter(these).exec(db).await?;
    Ok(())
}

/// On SQLite: takes the words of these rows out.
async fn forget_words(db: &impl ConnectionTrait, rows: sea_orm::Select<search_part::Entity>) -> Result<(), StoreError> {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
    let mut docs = QuerySelect::select_only(rows);
    let docs = QuerySelect::query(&mut docs).expr(Expr::col(Alias::new("doc"))).to_owned();
    let mut delete = Query::delete();
    delete.from_table(Alias::new("search_words")).and_where(Expr::col(Alias::new("rowid")).in_subquery(docs));
    db.execute(&delete).await?;
    Ok(())
}

async fn put_in(db: &impl ConnectionTrait, account: &AccountId, rows: String) -> Result<(), StoreError> {
    let backend = db.get_database_backend();
    let run = async |sql: &str, values: Vec<Value>| {
        db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(drop)
    };
    if backend == DbBackend::Postgres {
        return Ok(run(INSERT_POSTGRES, vec![account.as_str().into(), rows.into()]).await?);
    }
    let next = Statement::from_string(backend, "SELECT coalesce(max(doc), 0) + 1 AS next FROM search_part");
    let first: i64 = db.query_one_raw(next).await?.map_or(Ok(1), |row| row.try_get("", "next"))?;
    run(INSERT_SQLITE, vec![account.as_str().into(), rows.as_str().into(), first.into()]).await?;
    Ok(run(WORDS_SQLITE, vec![first.into(), rows.into()]).await?)
}
