//! SQLite from outside the service.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as SqlRow};
use serde_json::Value;
use uuid::Uuid;

use super::Row;
use crate::Result;

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}

/// Brings everything into the main file. Statistics are left alone: the service has none either.
pub fn checkpoint(file: &Path) -> Result<()> {
    Ok(open(file)?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// See `Store::execute`.
pub fn execute(file: &Path, sql: &str) -> Result<()> {
    let mut connection = open(file)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(sql)?;
    Ok(transaction.commit()?)
}

/// See `Store::query`.
pub fn query(file: &Path, sql: &str) -> Result<Vec<Row>> {
    let connection = open(file)?;
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row, &names)?);
    }
    Ok(found)
}

fn read(row: &SqlRow<'_>, names: &[String]) -> Result<Row> {
    let cell = |(at, name): (usize, &String)| Ok((name.clone(), json(row.get_ref(at)?)?));
    names.iter().enumerate().map(cell).collect()
}

fn json(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)?.into(),
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes)?.to_string().into(),
    })
}
