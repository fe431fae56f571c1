//! W4: the connection dies during COMMIT, and the server goes on with it all the same.

use std::time::Duration;

use super::workload::request;
use crate::support::app::App;
use crate::support::databases::TestDatabase;
use crate::support::postgres;
use crate::support::proxy::Proxy;

/// Number of the lock that holds commits up.
const BRAKE: i64 = 4_711;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_outlives_its_connection_is_told_as_stored() {
    let name = "a_commit_that_outlives_its_connection_is_told_as_stored";
    let Some(mut db) = TestDatabase::postgres(name) else { return };
    let direct = sea_orm::Database::connect(&db.url).await.expect("connected");
    let (proxy, through) = Proxy::before(&db.url).await;
    db.url = through;
    let app = App::start_set(db, &[("database.lock", "5s")]).await;
    let mia = app.agent("mia").await;
    let brake = Brake::on(&direct).await;
    let calls = mia.tickets();
    let call = tokio::spawn(async move { calls.clone().create_ticket(request(1)).await });
    brake.waiting(&direct, 1).await;
    proxy.cut();
    // The lookup waits for what the server is still at; an answer now would be a guess.
    brake.waiting(&direct, 2).await;
    assert!(!call.is_finished());
    brake.off().await;
    let made = call.await.expect("no panic").expect("it is stored").into_inner();
    assert_eq!(made.ticket.map(|ticket| ticket.number), Some(1));
    super::workload::make(&mia, 2).await;
    assert!(postgres::shared().is_some());
}

/// Stops every commit of a batch until it is released.
struct Brake(sea_orm::DatabaseConnection);

impl Brake {
    async fn on(direct: &sea_orm::DatabaseConnection) -> Self {
        use sea_orm::ConnectionTrait;
        let url = direct.get_postgres_connection_pool().connect_options();
        let holder =
            sea_orm::sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_with((*url).clone()).await;
        let holder = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(holder.expect("connected"));
        let lock = format!("SELECT pg_advisory_lock({BRAKE})");
        holder.execute_unprepared(&lock).await.expect("held");
        let function = format!(
            "CREATE FUNCTION brake() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_advisory_xact_lock({BRAKE}); RETURN NULL; END $$"
        );
        direct.execute_unprepared(&function).await.expect("a function");
        let trigger = "CREATE CONSTRAINT TRIGGER brake AFTER INSERT ON lane_batch DEFERRABLE INITIALLY DEFERRED \
                       FOR EACH ROW EXECUTE FUNCTION brake()";
        direct.execute_unprepared(trigger).await.expect("a trigger");
        Self(holder)
    }

    /// Waits until so many sessions of the database wait for an advisory lock.
    async fn waiting(&self, direct: &sea_orm::DatabaseConnection, count: i64) {
        use sea_orm::ConnectionTrait;
        let sql = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";
        let look = async {
            loop {
                let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
                let row = direct.query_one_raw(statement).await.expect("read").expect("a row");
                if row.try_get::<i64>("", "n").expect("a number") >= count {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(2), look).await.expect("they wait");
    }

    async fn off(self) {
        self.0.close().await.expect("released");
    }
}
