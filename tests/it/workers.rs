//! Durable jobs: leases, fences, tries, and turns between accounts (L-23, F-11).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use helpdesk::clock::{Clock, ManualClock};
use helpdesk::domain::access::Tier;
use helpdesk::domain::ids::{AccountId, UserId};
use helpdesk::domain::plan::FIRST_CREDITS;
use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::v1;
use helpdesk::service::accounts::{self, NewAccount};
use helpdesk::storage::jobs::{self, ClaimOptions, Finish, Job};
use helpdesk::storage::{Store, StoreOptions};
use helpdesk::worker::{Handler, JobError, Next, Worker, WorkerOptions};

use crate::support::app::{self, App};
use crate::support::databases::{TestDatabase, both_engines};

const COUNTED: &str = "counted";
const LEASE: Duration = Duration::from_secs(10);

/// A database with time standing still.
struct Scene {
    store: Store,
    clock: Arc<ManualClock>,
    _database: TestDatabase,
}

impl Scene {
    async fn open(database: TestDatabase) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse_rfc3339("2026-11-21T09:00:00Z").expect("a time")));
        let options = StoreOptions { database_time: false, ..StoreOptions::new(&database.url) };
        let store = Store::open(&options, clock.clone()).await.expect("the database opens");
        Self { store, clock, _database: database }
    }

    async fn account(&self, id: &str) -> AccountId {
        let account = AccountId::parse(id).expect("an id");
        let new = NewAccount {
            id: account.clone(),
            display_name: id.to_owned(),
            tier: Tier::Enterprise,
            add_ons: std::collections::BTreeSet::new(),
            time_zone: "UTC".to_owned(),
            credits: FIRST_CREDITS,
            administrator: UserId::parse("root").expect("an id"),
            administrator_name: "Root".to_owned(),
            administrator_email: format!("root@{id}.example"),
        };
        accounts::create(&self.store, &new).await.expect("an account");
        account
    }

    async fn add(&self, account: &AccountId) {
        jobs::add(&self.store, account, COUNTED, "", self.clock.now()).await.expect("added");
    }

    async fn claim(&self) -> Vec<Job> {
        jobs::claim(&self.store, &claims()).await.expect("the database answers").unwrap_or_default()
    }

    fn worker(&self, handler: Counted) -> Worker {
        let options = WorkerOptions { claim: claims(), ..WorkerOptions::default() };
        Worker::new(self.store.clone(), self.clock.clone(), vec![Box::new(handler)], options)
    }
}

fn claims() -> ClaimOptions {
    ClaimOptions { lease: LEASE, attempts: 10, per_turn: 4, regular: &[], ..WorkerOptions::default().claim }
}

/// Counts its runs, and fails or panics on demand.
#[derive(Clone, Default)]
struct Counted {
    runs: Arc<AtomicUsize>,
    accounts: Arc<std::sync::Mutex<Vec<String>>>,
    trouble: Option<&'static str>,
}

impl Handler for Counted {
    fn kind(&self) -> &'static str {
        COUNTED
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            self.runs.fetch_add(1, Ordering::SeqCst);
            self.accounts.lock().expect("no panic while held").push(job.account.to_string());
            match self.trouble {
                None => Ok(Next::Done),
                Some("panic") => panic!("a job that panics"),
                Some(why) => Err(JobError(why.to_owned())),
            }
        }
        .boxed()
    }
}

// F-11: the holder stands still beyond its lease, another takes over, the holder wakes up.
both_engines!(a_job_of_a_dead_worker_is_taken_over_and_finished_once, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    let stale = scene.claim().await.remove(0);
    assert_eq!(scene.claim().await, [], "nobody else gets it during the lease");
    scene.clock.advance(LEASE + Duration::from_secs(1));
    let taken = scene.claim().await.remove(0);
    assert_eq!((taken.id, taken.fence, taken.attempt), (stale.id, stale.fence + 1, 2));
    assert!(!jobs::finish(&scene.store, &stale, &Finish::Done).await.expect("answered"), "the fence holds");
    assert!(jobs::finish(&scene.store, &taken, &Finish::Done).await.expect("answered"));
    assert!(!jobs::finish(&scene.store, &taken, &Finish::Done).await.expect("answered"), "once");
    scene.clock.advance(LEASE * 2);
    assert_eq!(scene.claim().await, []);
});

both_engines!(a_late_finish_counts_as_long_as_nobody_took_over, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    let slow = scene.claim().await.remove(0);
    scene.clock.advance(LEASE * 3);
    assert!(jobs::finish(&scene.store, &slow, &Finish::Done).await.expect("answered"));
});

// L-23: ten tries, longer and longer apart, then it is set aside with its error.
both_engines!(a_job_that_always_fails_is_tried_ten_times_and_set_aside, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    let handler = Counted { trouble: Some("no luck"), ..Counted::default() };
    let worker = scene.worker(handler.clone());
    for tries in 1..=10 {
        worker.run_until_idle().await.expect("worked");
        assert_eq!(handler.runs.load(Ordering::SeqCst), tries);
        scene.clock.advance(Duration::from_mins(15));
    }
    worker.run_until_idle().await.expect("worked");
    assert_eq!(handler.runs.load(Ordering::SeqCst), 10);
    let parked = jobs::parked(&scene.store, &acme).await.expect("read");
    assert_eq!(parked, [(COUNTED.to_owned(), 10, "no luck".to_owned())]);
});

// An account that lost its regular job would never be swept again.
both_engines!(a_regular_job_is_never_set_aside, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    let handler = Counted { trouble: Some("the database is away"), ..Counted::default() };
    let claim = ClaimOptions { regular: &[COUNTED], ..claims() };
    let options = WorkerOptions { claim: claim.clone(), ..WorkerOptions::default() };
    let worker = Worker::new(scene.store.clone(), scene.clock.clone(), vec![Box::new(handler.clone())], options);
    for tries in 1..=15 {
        worker.run_until_idle().await.expect("worked");
        assert_eq!(handler.runs.load(Ordering::SeqCst), tries);
        scene.clock.advance(Duration::from_mins(15));
    }
    // Nor when its workers die of something else.
    for _ in 0..15 {
        assert_eq!(jobs::claim(&scene.store, &claim).await.expect("answered").unwrap_or_default().len(), 1);
        scene.clock.advance(claim.rest);
    }
    assert_eq!(jobs::parked(&scene.store, &acme).await.expect("read"), []);
});

// L-23: a kind that is kept is never set aside either; but after ten deaths it rests between its tries, and kills few.
both_engines!(a_job_that_is_kept_rests_when_its_workers_die_of_it, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    let claim = ClaimOptions { kept: &[COUNTED], ..claims() };
    let taken = async || jobs::claim(&scene.store, &claim).await.expect("answered").unwrap_or_default().len();
    for _ in 0..10 {
        assert_eq!(taken().await, 1);
        scene.clock.advance(LEASE + Duration::from_secs(1));
    }
    assert_eq!(taken().await, 1, "it is not set aside");
    scene.clock.advance(LEASE + Duration::from_secs(1));
    assert_eq!(taken().await, 0, "it rests");
    scene.clock.advance(claim.rest);
    assert_eq!(taken().await, 1);
    assert_eq!(jobs::parked(&scene.store, &acme).await.expect("read"), []);
});

both_engines!(a_job_that_kills_its_workers_is_set_aside_too, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    for _ in 0..10 {
        assert_eq!(scene.claim().await.len(), 1);
        scene.clock.advance(LEASE + Duration::from_secs(1));
    }
    assert_eq!(scene.claim().await, []);
    assert_eq!(jobs::parked(&scene.store, &acme).await.expect("read").len(), 1);
});

both_engines!(a_job_that_panics_does_not_take_its_worker_along, |db| async move {
    let scene = Scene::open(db).await;
    let acme = scene.account("acme").await;
    scene.add(&acme).await;
    let handler = Counted { trouble: Some("panic"), ..Counted::default() };
    scene.worker(handler.clone()).run_until_idle().await.expect("worked");
    scene.clock.advance(Duration::from_mins(1));
    scene.worker(Counted { trouble: None, ..handler.clone() }).run_until_idle().await.expect("worked");
    assert_eq!(handler.runs.load(Ordering::SeqCst), 2);
});

// T2: accounts are served in turn.
both_engines!(a_huge_backlog_of_one_account_delays_nobody_else, |db| async move {
    let scene = Scene::open(db).await;
    let (big, small) = (scene.account("a-big").await, scene.account("small").await);
    for _ in 0..60 {
        scene.add(&big).await;
    }
    scene.add(&small).await;
    let handler = Counted::default();
    scene.worker(handler.clone()).run_until_idle().await.expect("worked");
    let served = handler.accounts.lock().expect("no panic while held").clone();
    assert_eq!(served.len(), 61);
    let turn = served.iter().position(|account| account == "small").expect("served");
    assert!(turn <= 4, "one turn of the other account at most: {turn}");
});

both_engines!(several_workers_at_once_run_each_job_once, |db| async move {
    let scene = Scene::open(db).await;
    let mut accounts = Vec::new();
    for id in ["acme", "bolt", "core"] {
        accounts.push(scene.account(id).await);
    }
    for _ in 0..10 {
        for account in &accounts {
            scene.add(account).await;
        }
    }
    let handler = Counted::default();
    let workers = [(); 4].map(|()| scene.worker(handler.clone()));
    let runs = futures_util::future::join_all(workers.iter().map(Worker::run_until_idle)).await;
    for run in runs {
        run.expect("worked");
    }
    assert_eq!(handler.runs.load(Ordering::SeqCst), 30);
});

async fn count(store: &Store, table: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = store.reader().query_one_raw(Statement::from_string(store.backend(), sql)).await.expect("counted");
    row.expect("a row").try_get("", "n").expect("a number")
}

// L-30, W4: stored answers and marks of batches go when their time is over, and not before.
both_engines!(stored_answers_go_when_their_time_is_over, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let request = v1::CreateTicketRequest {
        parent: app::account(),
        ticket: Some(app::ticket("Once")),
        request_id: "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2a01".to_owned(),
        ..v1::CreateTicketRequest::default()
    };
    mia.tickets().create_ticket(request).await.expect("a ticket");
    let (store, worker) = (&app.running().service.store, &app.running().worker);
    let batches = count(store, "lane_batch").await;
    worker.run_until_idle().await.expect("swept");
    assert_eq!((count(store, "request_record").await, count(store, "lane_batch").await), (1, batches));
    app.advance(Duration::from_hours(80));
    worker.run_until_idle().await.expect("swept");
    assert_eq!((count(store, "request_record").await, count(store, "lane_batch").await), (0, 0));
});
