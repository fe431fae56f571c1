//! The databases of a run: made, copied, asked and filled from outside the service.

mod copy;
pub mod psql;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Result;
use crate::postgres::Cluster;

pub use copy::{CopyRows, nth_uuid};

/// Which engine holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// A file, inside the service.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// A row as column names and values. UUIDs are text, booleans as the engine gives them.
pub type Row = Map<String, Value>;

/// Where databases are made.
pub enum Place {
    /// Files in a folder.
    Folder(PathBuf),
    /// A throw-away cluster.
    Cluster(Arc<Cluster>),
}

/// One database.
#[derive(Clone)]
pub enum Store {
    /// A file.
    Sqlite(PathBuf),
    /// A database of a cluster.
    Postgres(Arc<Cluster>, String),
}

impl Place {
    /// Where databases of `engine` can be made; PostgreSQL only where its server binaries are.
    pub fn new(engine: Engine, folder: &Path) -> Result<Self> {
        match engine {
            Engine::Sqlite => Ok(Self::Folder(folder.to_owned())),
            Engine::Postgres => {
                let cluster = Cluster::start_private().ok_or("no PostgreSQL server binaries here: --engines sqlite")?;
                Ok(Self::Cluster(Arc::new(cluster)))
            }
        }
    }

    /// A database without tables.
    pub fn empty(&self, name: &str) -> Store {
        match self {
            Self::Folder(folder) => Store::Sqlite(folder.join(format!("{name}.db"))),
            Self::Cluster(cluster) => Store::Postgres(Arc::clone(cluster), cluster.new_empty_database(name)),
        }
    }
}

impl Store {
    /// As setting `database.url` wants it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}?mode=rwc", file.display()),
            Self::Postgres(_, url) => url.clone(),
        }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(..) => Engine::Postgres,
        }
    }

    /// The process of the database server, where there is one.
    pub fn server_process(&self) -> Option<u32> {
        let Self::Postgres(cluster, _) = self else { return None };
        let folder = cluster.psql(&["SHOW data_directory"]);
        let file = std::fs::read_to_string(Path::new(folder.trim()).join("postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// A copy, made while nobody works on either.
    pub fn twin(&self, name: &str) -> Result<Self> {
        match self {
            Self::Sqlite(file) => {
                sqlite::checkpoint(file)?;
                let twin = file.with_file_name(format!("{name}.db"));
                std::fs::copy(file, &twin)?;
                Ok(Self::Sqlite(twin))
            }
            Self::Postgres(cluster, url) => {
                let (server, database) = url.rsplit_once('/').ok_or("a URL without a database")?;
                cluster.psql(&[&format!("CREATE DATABASE {database}_{name} TEMPLATE {database}")]);
                Ok(Self::Postgres(Arc::clone(cluster), format!("{server}/{database}_{name}")))
            }
        }
    }

    /// The rows of a query.
    pub fn query(&self, sql: &str) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(file) => sqlite::query(file, sql),
            Self::Postgres(_, url) => psql::query(url, sql),
        }
    }

    /// Runs statements, all or none of them.
    pub fn execute(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(file) => sqlite::execute(file, sql),
            Self::Postgres(_, url) => psql::execute(url, sql),
        }
    }

    /// Names and types of a table's columns, in order.
    pub fn columns(&self, table: &str) -> Result<Vec<(String, String)>> {
        let sql = match self {
            Self::Sqlite(_) => {
                format!("SELECT name, lower(type) AS type FROM pragma_table_info('{table}') ORDER BY cid")
            }
            Self::Postgres(..) => format!(
                "SELECT column_name AS name, udt_name AS type FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        let rows = self.query(&sql)?;
        Ok(rows.iter().map(|row| (text(row, "name"), text(row, "type"))).collect())
    }

    /// How many rows each table has.
    pub fn counts(&self) -> Result<Vec<(String, i64)>> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Self::Postgres(..) => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
        };
        let tables: Vec<String> = self.query(sql)?.iter().map(|row| text(row, "name")).collect();
        let each = tables.iter().map(|table| format!("SELECT '{table}' AS name, count(*) AS number FROM {table}"));
        let rows = self.query(&each.collect::<Vec<_>>().join(" UNION ALL "))?;
        Ok(rows.iter().map(|row| (text(row, "name"), number(row, "number"))).collect())
    }

    /// Does what the engine would otherwise do in the background, during a measurement.
    pub fn settle(&self) -> Result<()> {
        match self {
            Self::Sqlite(file) => sqlite::checkpoint(file),
            Self::Postgres(_, url) => psql::settle(url),
        }
    }

    /// Has PostgreSQL look at the size of its tables, as it does by itself once a minute: a statement that was prepared while they
    /// were empty is planned anew then.
    pub fn learn(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_, url) => psql::learn(url),
        }
    }
}

/// A text of a row; empty where there is none.
pub fn text(row: &Row, column: &str) -> String {
    row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number of a row; 0 where there is none.
pub fn number(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or_default()
}
