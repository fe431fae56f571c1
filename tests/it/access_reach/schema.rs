//! Every reference between rows of accounts carries the account on both sides (T-02): a check that was forgotten fails in
//! the database.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use crate::support::databases::{TestDatabase, both_engines};

const SQLITE: &str = "SELECT m.name || ' ' || f.id AS reference, m.name AS source, f.\"table\" AS target, \
     f.\"from\" AS held, f.\"to\" AS meant FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
const POSTGRES: &str = "SELECT c.conname::text AS reference, c.conrelid::regclass::text AS source, \
     c.confrelid::regclass::text AS target, a.attname::text AS held, b.attname::text AS meant FROM pg_constraint c \
     CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k(held, meant) \
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.held \
     JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.meant WHERE c.contype = 'f'";

/// From where to where, and which columns stand for which.
type Reference = (String, String, Vec<(String, String)>);

both_engines!(every_reference_carries_the_account_on_both_sides, |db: TestDatabase| async move {
    // The whole of it: the file of SQLite goes with the value.
    let database = db;
    let connection = Database::connect(&database.url).await.expect("the database opens");
    let backend = connection.get_database_backend();
    let sql = if backend == DbBackend::Sqlite { SQLITE } else { POSTGRES };
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.expect("the schema is read");
    let mut references: BTreeMap<(String, String), Reference> = BTreeMap::new();
    for row in rows {
        let text = |column: &str| row.try_get::<String>("", column).expect("text");
        let (source, target) = (text("source"), text("target"));
        let entry = references.entry((source.clone(), text("reference")));
        entry.or_insert_with(|| (source, target, Vec::new())).2.push((text("held"), text("meant")));
    }
    assert!(references.len() > 20, "{references:?}");
    for (source, target, columns) in references.values() {
        let account = if target == "account" { "id" } else { "account_id" };
        let carried = columns.contains(&("account_id".to_owned(), account.to_owned()));
        assert!(carried, "{source} refers to {target} by {columns:?}: the account is missing");
    }
});
