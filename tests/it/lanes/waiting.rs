//! What waits may go away, what was begun is finished: when callers leave and when the service ends (L-28, W4).

use std::time::{Duration, Instant};

use helpdesk::domain::event::EventType;
use helpdesk::domain::ids::AccountId;
use helpdesk::domain::rejection::Rejection;
use helpdesk::storage::lane::{Keys, Operation, Session, World, WriteContext};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

use crate::faults::workload::request;
use crate::support::app::{self, ACCOUNT, App};
use crate::support::databases::{Engine, TestDatabase, both_engines};
use crate::support::gate::{Gate, context, unanswered};

/// Somebody else who has the account's turn: another replica on PostgreSQL, another process on SQLite.
struct Elsewhere(DatabaseConnection);

impl Elsewhere {
    async fn takes_the_turn(engine: Engine, url: &str) -> Self {
        Self::takes_the_turn_of(ACCOUNT, engine, url).await
    }

    async fn takes_the_turn_of(account: &str, engine: Engine, url: &str) -> Self {
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1);
        let connection = Database::connect(options).await.expect("connected");
        if engine == Engine::Sqlite {
            connection.execute_unprepared("BEGIN IMMEDIATE").await.expect("the write lock");
        } else {
            let lock = format!("SELECT pg_advisory_xact_lock(hashtextextended('{account}', 0))");
            connection.execute_unprepared("BEGIN").await.expect("begun");
            connection.execute_unprepared(&lock).await.expect("the turn");
        }
        Self(connection)
    }

    async fn gives_it_back(self) {
        self.0.execute_unprepared("ROLLBACK").await.expect("given back");
        self.0.close().await.expect("closed");
    }
}

// Its batch waited for the turn of the account; nothing was begun when the caller left.
both_engines!(a_caller_who_leaves_while_the_turn_is_awaited_leaves_nothing, |db: TestDatabase| async move {
    let (engine, url) = (db.engine, db.url.clone());
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let elsewhere = Elsewhere::takes_the_turn(engine, &url).await;
    let left = tokio::time::timeout(Duration::from_millis(150), mia.tickets().create_ticket(request(1))).await;
    assert!(left.is_err(), "the turn is taken");
    // The service hears of it on the same connection, in order.
    mia.tickets()
        .list_tickets(helpdesk::grpc::pb::v1::ListTicketsRequest { parent: app::account(), ..Default::default() })
        .await
        .expect("reads go on");
    elsewhere.gives_it_back().await;
    let made = mia.tickets().create_ticket(request(2)).await.expect("made").into_inner().ticket.expect("a ticket");
    assert_eq!(made.number, 1, "the one before was never begun");
});

// W6: another replica has the turn of the account. The first deadline of the batch ends the wait; who has more time
// waits on, and nothing of who left is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_deadline_ends_the_wait_for_the_turn_and_the_others_wait_on() {
    let Some(db) = TestDatabase::postgres("the_first_deadline_ends_the_wait") else { return };
    let (engine, url) = (db.engine, db.url.clone());
    let app = App::start(db).await;
    let lanes = app.running().service.lanes.clone();
    let before = last_event(&app).await;
    let gate = Gate::close(&lanes, ACCOUNT).await;
    let elsewhere = tokio::spawn(async move { Elsewhere::takes_the_turn(engine, &url).await });
    awaited(&app).await;
    let account = AccountId::stored(ACCOUNT);
    let soon = Instant::now() + Duration::from_millis(400);
    let hurried = WriteContext { deadline: Some(soon), ..context() };
    let left = lanes.submit(&account, Leaves, hurried, unanswered());
    let stays = tokio::spawn({
        let (lanes, account) = (lanes.clone(), account.clone());
        async move { lanes.submit(&account, Leaves, context(), unanswered()).await }
    });
    let (left, ()) = tokio::join!(left, gate.open_for(&lanes, 2));
    assert_eq!(left.err(), Some(Rejection::DeadlinePassed), "not the 5 s that a lock may take");
    assert!(soon.elapsed() < Duration::from_secs(3));
    elsewhere.await.expect("it has the turn").gives_it_back().await;
    stays.await.expect("no panic").expect("it waited on");
    assert_eq!(last_event(&app).await, before + 2, "the gate's event, and that of who stayed");
}

// W8: accounts share a commit, here the only one at a time. The one whose turn another replica has is put off and waited
// for alone; nobody else waits with it, and it comes when the turn is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_another_replica_has_delays_no_other_account() {
    let Some(db) = TestDatabase::postgres("a_turn_that_another_replica_has") else { return };
    let (engine, url) = (db.engine, db.url.clone());
    let app = App::start_set(db, &[("database.write_connections", "1")]).await;
    app.new_account("beta").await;
    app.new_account("gamma").await;
    let lanes = app.running().service.lanes.clone();
    let elsewhere = Elsewhere::takes_the_turn_of("beta", engine, &url).await;
    let gate = Gate::close(&lanes, ACCOUNT).await;
    let leaves = |account: &str| {
        let (lanes, account) = (lanes.clone(), AccountId::stored(account));
        tokio::spawn(async move { lanes.submit(&account, Leaves, context(), unanswered()).await })
    };
    let beta = leaves("beta");
    while lanes.waiting() < 1 {
        tokio::task::yield_now().await;
    }
    let gamma = leaves("gamma");
    gate.open_for(&lanes, 2).await;
    gamma.await.expect("no panic").expect("stored while the other waits");
    awaited(&app).await;
    assert!(!beta.is_finished(), "its turn is elsewhere");
    elsewhere.gives_it_back().await;
    beta.await.expect("no panic").expect("stored when its turn came");
}

/// Waits until somebody waits for the turn of the account.
async fn awaited(app: &App) {
    let store = &app.running().service.store;
    let sql = "SELECT count(*) AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
               WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    let waits = async || {
        let statement = sea_orm::Statement::from_string(store.backend(), sql);
        let row = store.reader().query_one_raw(statement).await.expect("read").expect("a row");
        row.try_get::<i64>("", "n").expect("a number") > 0
    };
    let wait = async {
        while !waits().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it waits");
}

/// Leaves an event.
struct Leaves;

impl Operation for Leaves {
    type Outcome = ();

    fn needs(&self, _: &World, _: &mut Keys) {}

    fn decide(&self, session: &mut Session<'_>) -> Result<(), Rejection> {
        session.record(EventType::UserChanged, "users/root".to_owned(), None, Vec::new(), None);
        Ok(())
    }
}

both_engines!(a_batch_that_was_begun_is_stored_before_the_service_ends, |db: TestDatabase| async move {
    let mut app = App::start(db).await;
    let mia = app.agent("mia").await;
    let service = app.running().service.clone();
    let closing = app.running().shutdown.closing().clone();
    let before = last_event(&app).await;
    let gate = Gate::close(&service.lanes, ACCOUNT).await;
    drop(mia);
    let opening = async {
        closing.cancelled().await;
        gate.open_for(&service.lanes, 0).await;
    };
    tokio::join!(app.stop(), opening);
    app.restart().await;
    assert_eq!(last_event(&app).await, before + 1);
});

async fn last_event(app: &App) -> i64 {
    let store = &app.running().service.store;
    let sql = sea_orm::Statement::from_string(store.backend(), "SELECT last_event FROM account_head");
    let row = store.reader().query_one_raw(sql).await.expect("read").expect("a row");
    row.try_get("", "last_event").expect("a number")
}
