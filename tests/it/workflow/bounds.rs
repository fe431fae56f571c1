//! Runs under trouble: a worker that stands still, a row that cannot be read, and too much done to one ticket.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use helpdesk::domain::ids::AccountId;
use helpdesk::grpc::pb::v1::{
    self, EventType, WorkflowRunState as State, WorkflowTriggerKind as On, workflow_step::Kind,
};
use helpdesk::storage::jobs::{self, ClaimOptions, Finish, Job};
use helpdesk::worker::{Handler, JobError, Next, RunWorkflows, WorkerOptions};
use sea_orm::ConnectionTrait;

use super::hands::{category, live, on, only_run, outcomes, runs, work, workflow};
use crate::faults::fleet::{asked, keep};
use crate::mail::desk::MailDesk;
use crate::pipeline::hands::send_email;
use crate::support::app::{App, ticket};
use crate::support::databases::{TestDatabase, both_engines};
use crate::ticket::hands::{change, events, made, messages};

const LEASE: Duration = Duration::from_secs(10);
/// Pauses of one test (F-11). The campaign, which keeps its result under `docs/campaigns`:
///
/// ```text
/// HELPDESK_TEST_PAUSE_ROUNDS=1000 HELPDESK_WRITE_DOCS=1 cargo test --release --test it -- --nocapture a_worker_that_stands_still
/// ```
const ROUNDS: usize = 50;
/// The places where it stands still, by how often it was polled before.
const PLACES: usize = 50;

/// Claims the job that goes on with runs.
async fn claim(app: &App) -> Job {
    let options = ClaimOptions { lease: LEASE, per_turn: 16, ..WorkerOptions::default().claim };
    let store = &app.running().service.store;
    let patience = Instant::now();
    loop {
        // PostgreSQL passes over what a commit of the one who stands still has locked at this moment.
        let Some(claimed) = jobs::claim(store, &options).await.expect("answered") else {
            assert!(patience.elapsed() < LEASE, "a job is due");
            tokio::task::yield_now().await;
            continue;
        };
        for job in claimed {
            if job.kind == "run_workflows" {
                return job;
            }
            // Not of interest here: due again in a moment.
            let due = app.now().plus(Duration::from_secs(1));
            let again = Finish::Again { due, payload: job.payload.clone() };
            jobs::finish(store, &job, &again).await.expect("answered");
        }
    }
}

/// Takes so many steps and then stands still; it goes on when it is asked for its end.
async fn stand_still(run: &mut BoxFuture<'_, Result<Next, JobError>>, steps: usize) -> Option<Result<Next, JobError>> {
    for _ in 0..steps {
        tokio::select! {
            biased;
            done = &mut *run => return Some(done),
            () = tokio::task::yield_now() => {}
        }
    }
    None
}

async fn finish(app: &App, job: &Job, done: Result<Next, JobError>) -> bool {
    let finish = match done.expect("it went well") {
        Next::Done => Finish::Done,
        Next::Again { after, payload } => Finish::Again { due: app.now().plus(after), payload },
    };
    jobs::finish(&app.running().service.store, job, &finish).await.expect("answered")
}

// F-11: the holder stands still beyond its lease, at another place each time, another takes over, the first wakes: every
// effect is there once, and only who took over ends the job.
both_engines!(a_worker_that_stands_still_and_wakes_does_nothing_twice, |db: TestDatabase| async move {
    let (rounds, engine, began) = (asked("HELPDESK_TEST_PAUSE_ROUNDS", ROUNDS), db.engine, Instant::now());
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    let comment = Kind::Comment(v1::CommentStep { text: "Once".to_owned() });
    let kinds = vec![send_email("ticket-received"), comment, category("seen")];
    live(&app.root(), "once", workflow(vec![on(On::Created)], kinds)).await;
    work(app).await;
    let handler = RunWorkflows(app.running().service.clone());
    let mut stale = 0;
    for round in 0..rounds {
        let conversation = desk.begin(&format!("c{round}@x.example")).await;
        let first = claim(app).await;
        let mut held = handler.run(&first);
        let early = stand_still(&mut held, round % PLACES * 3).await;
        app.advance(LEASE + Duration::from_secs(1));
        let second = claim(app).await;
        assert_eq!((second.id, second.fence), (first.id, first.fence + 1), "{round}");
        let (taken, woken) = if round % 2 == 0 {
            let taken = handler.run(&second).await;
            (
                taken,
                match early {
                    Some(done) => done,
                    None => held.await,
                },
            )
        } else {
            let waking = async {
                match early {
                    Some(done) => done,
                    None => held.await,
                }
            };
            futures_util::future::join(handler.run(&second), waking).await
        };
        stale += usize::from(!finish(app, &first, woken).await);
        assert!(finish(app, &second, taken).await, "{round}");
        let said = messages(&app.root(), &conversation).await.expect("messages");
        assert_eq!(said.len(), 2, "{round}: one email");
        let told = events(&app.root(), &format!("accounts/acme/tickets/{}", round + 1)).await;
        let count = |kind: EventType| told.iter().filter(|event| event.r#type() == kind).count();
        assert_eq!(count(EventType::CommentCreated), 1, "{round}");
        assert_eq!(told.iter().filter(|event| change(event, "category").is_some()).count(), 1, "{round}");
        work(app).await;
    }
    assert_eq!(stale, rounds, "the fence turned every one away");
    assert!(runs(&app.root(), "once").await.iter().all(|run| run.trace.len() == 3));
    let found = format!(
        "rounds: {rounds}, each with an email, a comment and a change of the ticket, held at {PLACES} places\n\
         ended by who had lost the job: 0, effects missing: 0, effects twice: 0\n\
         took {} s\n",
        began.elapsed().as_secs(),
    );
    keep(&format!("worker-pauses-{engine:?}").to_lowercase(), &found);
});

// T-53, L-23: a job that is asked for again and again while somebody works on it has not failed: it is not set aside, and what
// was asked for last is done.
both_engines!(a_job_that_is_asked_for_while_it_is_done_is_not_set_aside, |db| async move {
    let app = App::start(db).await;
    live(&app.root(), "mark", workflow(vec![on(On::Created)], vec![category("seen")])).await;
    work(&app).await;
    for round in 0..12 {
        made(&app.root(), "One more").await;
        let held = claim(&app).await;
        assert_eq!(held.attempt, 1, "{round}");
    }
    app.advance(LEASE + Duration::from_secs(1));
    work(&app).await;
    assert!(runs(&app.root(), "mark").await.iter().all(|run| run.state() == State::Done));
    let account = AccountId::parse(crate::support::app::ACCOUNT).expect("an id");
    let parked = jobs::parked(&app.running().service.store, &account).await.expect("answered");
    assert_eq!(parked, []);
});

// L-23, T-53: the one job that goes on with the runs of an account outlives any number of workers; what waits is done.
both_engines!(a_run_that_waits_outlives_ten_workers, |db| async move {
    let app = App::start(db).await;
    live(&app.root(), "late", workflow(vec![on(On::Created)], vec![super::hands::delay(60), category("seen")])).await;
    let late = made(&app.root(), "Late").await.name;
    work(&app).await;
    app.advance(Duration::from_mins(1));
    for attempt in 1..=10 {
        assert_eq!(claim(&app).await.attempt, attempt);
        app.advance(LEASE + Duration::from_secs(1));
    }
    work(&app).await;
    assert_eq!(app.ticket_now(&late).await.category, "seen");
    let account = AccountId::parse(crate::support::app::ACCOUNT).expect("an id");
    let parked = jobs::parked(&app.running().service.store, &account).await.expect("answered");
    assert_eq!(parked, []);
});

async fn sql(app: &App, text: &str) {
    app.running().service.store.writer().execute_unprepared(text).await.expect("done");
}

// F-19: a row that cannot be read is parked alone after ten tries, with an entry on its ticket; those behind it and other
// accounts go on at once.
both_engines!(a_run_that_cannot_be_read_is_parked_alone, |db| async move {
    let app = App::start(db).await;
    app.new_account("rival").await;
    let new = || workflow(vec![on(On::Created)], vec![super::hands::delay(60), category("seen")]);
    live(&app.root(), "late", new()).await;
    let poisoned = made(&app.root(), "Poisoned").await.name;
    work(&app).await;
    sql(&app, "UPDATE workflow_run SET log = 'no list'").await;
    let healthy = made(&app.root(), "Healthy").await.name;
    app.advance(Duration::from_mins(1));
    work(&app).await;
    app.advance(Duration::from_mins(1));
    work(&app).await;
    assert_eq!(app.ticket_now(&healthy).await.category, "seen", "it did not wait for the other");
    for _ in 0..12 {
        app.advance(Duration::from_mins(20));
        work(&app).await;
    }
    let root = app.root();
    let run = runs(&root, "late").await.into_iter().find(|run| run.ticket == poisoned).expect("a run");
    assert_eq!((run.state(), run.trace.last().expect("an entry").outcome.as_str()), (State::Failed, "STOPPED"));
    let told = events(&root, &poisoned).await;
    let reasons: Vec<_> = told.iter().filter_map(|event| change(event, "reason")).map(|(_, after)| after).collect();
    assert_eq!(reasons, ["RUN_FAILED"]);
    let later = made(&root, "Later").await.name;
    work(&app).await;
    app.advance(Duration::from_mins(1));
    work(&app).await;
    assert_eq!(app.ticket_now(&later).await.category, "seen");
});

// T-53: after 50 things done to a ticket within an hour a run waits for the next, which is told once; another ticket does not.
both_engines!(fifty_things_an_hour_are_enough_for_a_ticket, |db| async move {
    let app = App::start(db).await;
    let kinds = (0..70).map(|number| category(&format!("c{number}"))).collect();
    live(&app.root(), "busy", workflow(vec![on(On::Created)], kinds)).await;
    let busy = made(&app.root(), "Busy").await.name;
    work(&app).await;
    assert_eq!(app.ticket_now(&busy).await.category, "c49");
    let run = only_run(&app.root(), "busy").await;
    assert_eq!((run.state(), outcomes(&run)[50]), (State::Waiting, ("s51", "HELD")));
    app.advance(Duration::from_mins(59));
    work(&app).await;
    let other = v1::CreateTicketRequest {
        parent: "accounts/acme".to_owned(),
        ticket: Some(ticket("Other")),
        ..Default::default()
    };
    let other =
        app.root().tickets().create_ticket(other).await.expect("a ticket").into_inner().ticket.expect("it").name;
    work(&app).await;
    assert_eq!(app.ticket_now(&other).await.category, "c49");
    assert_eq!(app.ticket_now(&busy).await.category, "c49");
    app.advance(Duration::from_mins(1));
    work(&app).await;
    let root = app.root();
    assert_eq!(app.ticket_now(&busy).await.category, "c69");
    let told = events(&root, &busy).await;
    let reasons: Vec<_> = told.iter().filter_map(|event| change(event, "reason")).map(|(_, after)| after).collect();
    assert_eq!(reasons, ["TOO_MUCH"]);
});
