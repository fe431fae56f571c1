//! Filling a database with copies of rows that the service wrote, whatever columns they have.

use std::fmt::Write as _;

use super::{Engine, Store};
use crate::Result;

/// An order to copy rows of one table once for each number of a range.
pub struct CopyRows<'a> {
    /// The table.
    pub table: &'a str,
    /// Which rows are copied; the table is called `t` here.
    pub only_where: &'a str,
    /// First and last number; `s.n` in the expressions.
    pub range: (u32, u32),
    /// Columns that differ from the original, with their expression.
    pub changed: &'a [(&'a str, String)],
}

impl CopyRows<'_> {
    /// Adds the copies.
    pub fn run(&self, store: &Store) -> Result<()> {
        store.execute(&self.statement(store)?)
    }

    fn statement(&self, store: &Store) -> Result<String> {
        let columns: Vec<String> = store.columns(self.table)?.into_iter().map(|(name, _)| name).collect();
        let values: Vec<String> = columns.iter().map(|column| self.value(column)).collect();
        let mut sql = format!("INSERT INTO {} ({}) SELECT {}", self.table, columns.join(", "), values.join(", "));
        let _ = write!(sql, " FROM {} AS t, {} WHERE {}", self.table, self.series(store.engine()), self.only_where);
        Ok(sql)
    }

    fn value(&self, column: &str) -> String {
        let changed = self.changed.iter().find(|(name, _)| *name == column);
        changed.map_or_else(|| format!("t.{column}"), |(_, expression)| expression.clone())
    }

    fn series(&self, engine: Engine) -> String {
        let (first, last) = self.range;
        match engine {
            Engine::Postgres => format!("generate_series({first}, {last}) AS s(n)"),
            Engine::Sqlite => format!(
                "(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {last}) \
                 SELECT n FROM c) AS s"
            ),
        }
    }
}

/// A UUID with the digits of a number at its end, as an expression; `number` is an expression itself.
pub fn nth_uuid(engine: Engine, number: &str) -> String {
    match engine {
        Engine::Postgres => format!("('00000000-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid"),
        Engine::Sqlite => format!("unhex('00000000000070008000' || printf('%012d', {number}))"),
    }
}
