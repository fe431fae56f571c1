//! What is stored, by account: to see that a call changed nothing.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

/// Tables that move without a caller: the index of the search follows the events at its own pace.
const BESIDE: [&str; 1] = ["search_"];

/// A second look at the database, past the service.
pub struct Ledger {
    connection: DatabaseConnection,
    rows: String,
}

/// Every row of an account, as text.
pub type Rows = BTreeMap<String, BTreeSet<String>>;

impl Ledger {
    /// Opens the database at `url` and reads which tables belong to accounts.
    pub async fn open(url: &str) -> Self {
        let connection = Database::connect(url).await.expect("the database opens");
        let backend = connection.get_database_backend();
        let columns = match backend {
            DbBackend::Sqlite => {
                "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'"
            }
            _ => {
                "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
                  WHERE table_schema = 'public'"
            }
        };
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in pairs(&connection, columns).await {
            tables.entry(table).or_default().push(column);
        }
        tables.retain(|table, columns| {
            columns.iter().any(|column| column == "account_id") && !BESIDE.iter().any(|it| table.starts_with(it))
        });
        assert!(tables.len() > 20, "{tables:?}");
        let rows = tables.iter().map(|(table, columns)| select(backend, table, columns)).collect::<Vec<_>>();
        Self { connection, rows: rows.join(" UNION ALL ") }
    }

    /// Every row, by account.
    pub async fn rows(&self) -> Rows {
        let mut found = Rows::new();
        for (account, row) in pairs(&self.connection, &self.rows).await {
            found.entry(account).or_default().insert(row);
        }
        found
    }
}

fn select(backend: DbBackend, table: &str, columns: &[String]) -> String {
    let row = match backend {
        DbBackend::Sqlite => {
            let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            quoted.join("||','||")
        }
        _ => format!("\"{table}\"::text"),
    };
    format!("SELECT account_id AS t, '{table} ' || {row} AS c FROM \"{table}\"")
}

async fn pairs(connection: &DatabaseConnection, sql: &str) -> Vec<(String, String)> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.expect("the rows are read");
    rows.iter().map(|row| (row.try_get("", "t").expect("text"), row.try_get("", "c").expect("text"))).collect()
}

/// What is in one and not in the other, in words.
pub fn differences(before: &Rows, after: &Rows) -> Vec<String> {
    let none = BTreeSet::new();
    let accounts: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for account in accounts {
        let (was, is) = (before.get(account).unwrap_or(&none), after.get(account).unwrap_or(&none));
        found.extend(was.difference(is).map(|row| format!("{account} lost {row}")));
        found.extend(is.difference(was).map(|row| format!("{account} got {row}")));
    }
    found
}
