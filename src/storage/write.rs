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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::rows::{contact_point, message, team_member, ticket, ticket_tag, ticket_team};
    use crate::storage::{Store, StoreOptions, migrate};

    async fn plan<E: EntityTrait>(store: &Store, verb: RowsVerb) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {}", statement::<E>(DbBackend::Sqlite, verb).sql);
        let explain = Statement::from_sql_and_values(DbBackend::Sqlite, sql, ["[]".into()]);
        let steps = store.reader().query_all_raw(explain).await.expect("a plan");
        steps.iter().map(|step| step.try_get::<String>("", "detail").expect("text")).collect::<Vec<_>>().join("\n")
    }

    async fn finds_rows_by_key<E: EntityTrait>(store: &Store) {
        let table = E::default().table_name().to_owned();
        for verb in [RowsVerb::Update, RowsVerb::Delete] {
            let plan = plan::<E>(store, verb).await;
            assert!(plan.contains(&format!("SEARCH {table} USING")), "{verb:?} reads all of {table}:\n{plan}");
        }
    }

    #[tokio::test]
    async fn sqlite_finds_the_rows_of_a_change_by_their_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("plans.db").display());
        migrate(&url).await.expect("a schema");
        let store = Store::open(&StoreOptions::new(url), crate::clock::SystemClock::shared()).await.expect("opens");
        finds_rows_by_key::<ticket::Entity>(&store).await;
        finds_rows_by_key::<message::Entity>(&store).await;
        finds_rows_by_key::<team_member::Entity>(&store).await;
        let lists = [
            plan::<ticket_team::Entity>(&store, RowsVerb::Delete).await,
            plan::<ticket_tag::Entity>(&store, RowsVerb::Delete).await,
            plan::<contact_point::Entity>(&store, RowsVerb::Delete).await,
        ];
        for plan in lists {
            assert!(plan.contains("SEARCH"), "reads a whole table:\n{plan}");
        }
    }
}
