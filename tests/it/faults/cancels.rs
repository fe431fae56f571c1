//! F-07: clients cancel at random moments.

use std::time::Duration;

use futures_util::StreamExt;

use super::workload::{check_exactly_once, make, request};
use crate::support::app::App;
use crate::support::databases::{Engine, TestDatabase, both_engines};
use crate::support::postgres;

const CALLS: usize = 2_000;

both_engines!(two_thousand_cancelled_calls_lose_and_double_nothing, |db: TestDatabase| async move {
    let (engine, url) = (db.engine, db.url.clone());
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let calls = futures_util::stream::iter(0..CALLS).map(|number| {
        let mia = mia.clone();
        async move {
            // Between "not yet sent" and "long answered": spread over the time a call takes.
            let patience = Duration::from_micros((number as u64 * 7_919) % 12_000);
            let _ = tokio::time::timeout(patience, mia.tickets().create_ticket(request(number))).await;
            make(&mia, number).await;
        }
    });
    calls.buffer_unordered(32).collect::<Vec<()>>().await;
    check_exactly_once(&mia, CALLS).await;
    if engine == Engine::Postgres {
        let cluster = postgres::shared().expect("it holds this database");
        let name = url.rsplit('/').next().expect("a name");
        let sql =
            format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND state LIKE 'idle in trans%'");
        assert_eq!(cluster.psql(&[&sql]).trim(), "0", "no session is left in a transaction");
    }
});
