//! What the bare engines do with the rows that the service writes for one ingested message: the same tables, the same
//! columns and lengths, on a copy of the same database. The rows are learned from one real message ([`template`]), so
//! that the comparison stays honest when the schema changes.

mod fill;
mod pgbench;
mod sqlite;
mod template;

use crate::Result;
use crate::drive::{Measured, Timing};
use crate::measure::{Meter, Watched};
use crate::service::CONTACTS;
use crate::store::{CopyRows, Store, nth_uuid};

pub use template::{Before, Template};

/// How a bare engine is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Clients at the same time.
    pub clients: u16,
    /// Accounts that they take in turn.
    pub accounts: u16,
    /// When tickets count.
    pub timing: Timing,
}

/// Gives every account the same contacts, so that their ids can be computed by a script.
fn add_contacts(store: &Store) -> Result<()> {
    let id = nth_uuid(store.engine(), "s.n");
    let first = "t.id = (SELECT c.id FROM contact AS c WHERE c.account_id = t.account_id ORDER BY c.id LIMIT 1)";
    let copies = CopyRows { table: "contact", only_where: first, range: (0, CONTACTS - 1), changed: &[("id", id)] };
    copies.run(store)
}

/// Loads a prepared copy of a database.
pub fn prepare(store: &Store) -> Result<()> {
    add_contacts(store)?;
    if matches!(store, Store::Postgres(..)) {
        store.execute("CREATE SEQUENCE bare_id")?;
    }
    store.settle()
}

/// Puts load on a prepared copy. No service takes part, so of the costs only the work of others is known.
pub async fn run(store: &Store, template: &Template, load: Load) -> Result<Measured> {
    let meter = Meter::start(Watched { server: std::process::id(), database: None });
    let summary = match store {
        Store::Sqlite(file) => sqlite::run(file, template, load).await?,
        Store::Postgres(_, url) => pgbench::run(url, template, load).await?,
    };
    let others = meter.stop().others;
    Ok(Measured { summary, cost: crate::measure::Cost { others, ..Default::default() } })
}
