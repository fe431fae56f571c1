//! The search index over tickets (decision T4).
//!
//! A follower reads each account's events and brings the words of what they are about up to date ([`follow`]); the words
//! are made in the domain. Each account's words begin with its slot, so that one index serves all accounts. On SQLite the
//! words stand in an FTS5 table, on PostgreSQL in a `tsvector` under a GIN index.
//!
//! What an event names is read again as it is now, and whatever a ticket has in the index but not in its tables leaves.
//! So the index needs to know little about kinds of events, and reading an event twice does no harm.

mod ask;
mod best;
mod find;
mod follow;
mod gather;
mod narrow;
mod plan;
mod shown;
mod words;
mod write;

pub use find::{Found, Hit, Seek, Shown, find};
pub use follow::{Follower, reset};

/// The steps in which SQLite answers a query.
#[cfg(test)]
async fn plan_of(store: &super::Store, query: &sea_orm::sea_query::SelectStatement) -> String {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let built = DbBackend::Sqlite.build(query);
    let sql = format!("EXPLAIN QUERY PLAN {}", built.sql);
    let values = built.values.map(|values| values.0).unwrap_or_default();
    let explain = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let steps = store.reader().query_all_raw(explain).await.expect("a plan");
    steps.iter().map(|step| step.try_get::<String>("", "detail").expect("text")).collect::<Vec<_>>().join("\n")
}
