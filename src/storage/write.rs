//! Writing many rows with one statement per table (W10).

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, Statement};

use super::dialect::{RowsStatement, RowsVerb};

/// At most this many rows in one statement; more go in several.
const CHUNK: usize = 500;

type Known = HashMap<(TypeId, DbBackendKey, RowsVerbKey), RowsStatement>;
type DbBackendKey = u8;
type RowsVerbKey = u8;

/// Statement texts, made once each.
static STATEMENTS: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

fn statement<E: EntityTrait>(backend: DbBackend, verb: RowsVerb) -> RowsStatement {
    let key = (TypeId::of::<E>(), backend as DbBackendKey, verb as RowsVerbKey);
    if let Some(found) = STATEMENTS.read().expect("no panic while held").get(&key) {
        return found.clone();
    }
    let made = RowsStatement::new::<E>(backend, verb);
    STATEMENTS.write().expect("no panic while held").insert(key, made.clone());
    made
}

/// Writes `rows` to their table.
///
/// # Errors
/// The database's. An UPDATE or DELETE that finds fewer rows than given is an error too: the lane's picture was wrong.
pub async fn write_rows<E>(db: &impl ConnectionTrait, verb: RowsVerb, rows: &[E::Model]) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Send + Sync,
{
    if rows.is_empty() {
        return Ok(());
    }
    let backend = db.get_database_backend();
    let prepared = statement::<E>(backend, verb);
    let columns: Vec<E::Column> = match verb {
        RowsVerb::Delete => E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect(),
        _ => E::Column::iter().collect(),
    };
    for chunk in rows.chunks(CHUNK) {
        let parameter = prepared.pack(chunk.iter(), |row, index| row.get(columns[index]));
        let statement = Statement::from_sql_and_values(backend, prepared.sql.as_str(), [parameter]);
        let done = db.execute_raw(statement).await?.rows_affected();
        if done != chunk.len() as u64 {
            let table = E::default().table_name().to_owned();
            return Err(DbErr::Custom(format!("{verb:?} of {} rows changed {done} in {table}", chunk.len())));
        }
    }
    Ok(())
}
