//! F-02: PostgreSQL is killed under load and comes back; the service stays and is back by itself.

use futures_util::StreamExt;

use super::workload::{check_exactly_once, make};
use crate::support::app::App;
use crate::support::databases::TestDatabase;
use crate::support::postgres::{self, Cluster};

const CALLS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_loses_nothing_and_the_service_comes_back_by_itself() {
    let Some(cluster) = Cluster::start_private() else {
        postgres::report_skipped("a_killed_database_loses_nothing_and_the_service_comes_back_by_itself");
        return;
    };
    let app = App::start(TestDatabase::within(&cluster, "killed")).await;
    let mia = app.agent("mia").await;
    let calls = futures_util::stream::iter(0..CALLS).map(|number| {
        let (mia, cluster) = (mia.clone(), &cluster);
        async move {
            if number == CALLS / 2 {
                cluster.kill9();
                cluster.restart();
            }
            make(&mia, number).await;
        }
    });
    calls.buffer_unordered(8).collect::<Vec<()>>().await;
    check_exactly_once(&mia, CALLS).await;
}
