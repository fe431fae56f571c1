//! Accounts beside each other: what one has too much of, or too slow, does not hold up another (T-31, T-53, L-23).

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, WorkflowRunState as State, WorkflowTriggerKind as On, workflow_step::Kind};
use tokio_util::sync::CancellationToken;

use super::hands::{category, delay, on, work, workflow};
use super::receiver::{Receiver, call, open};
use super::receivers::Attacker;
use crate::faults::fleet::{again, side_by_side};
use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

/// An account as its super admin sees it.
struct Tenant {
    id: &'static str,
    root: Client,
}

impl Tenant {
    fn of(app: &App, id: &'static str) -> Self {
        Self { id, root: app.user_of(id, "root") }
    }

    fn name(&self) -> String {
        format!("accounts/{}", self.id)
    }

    async fn rotate(&self) {
        let request = v1::RotateWebhookSecretRequest { parent: self.name(), ..Default::default() };
        self.root.workflows().rotate_webhook_secret(request).await.expect("rotated");
    }

    /// A workflow for each ticket that is made.
    async fn on_creation(&self, kinds: Vec<Kind>) {
        let request = v1::CreateWorkflowRequest {
            parent: self.name(),
            workflow: Some(workflow(vec![on(On::Created)], kinds)),
            workflow_id: "all".to_owned(),
            ..Default::default()
        };
        let made = self.root.workflows().create_workflow(request).await.expect("made").into_inner();
        let name = made.workflow.expect("a workflow").name;
        let request = v1::TurnOnWorkflowRequest { name, ..Default::default() };
        self.root.workflows().turn_on_workflow(request).await.expect("on");
    }

    async fn ticket(&self, number: usize) {
        let ticket = app::ticket(&format!("Number {number}"));
        let here = |name: String| name.replace("accounts/acme", &self.name());
        let ticket = v1::Ticket { pipeline: here(ticket.pipeline), status: here(ticket.status), ..ticket };
        let request = v1::CreateTicketRequest { parent: self.name(), ticket: Some(ticket), ..Default::default() };
        again(async || self.root.tickets().create_ticket(request.clone()).await).await;
    }

    async fn tickets(&self, count: usize) {
        side_by_side((0..count).map(|number| self.ticket(number))).await;
    }

    /// How many of the last 200 runs are over.
    async fn over(&self) -> usize {
        let request = v1::ListWorkflowRunsRequest {
            parent: format!("{}/workflows/all", self.name()),
            page_size: 200,
            ..Default::default()
        };
        let page = self.root.workflows().list_workflow_runs(request).await.expect("a page").into_inner();
        page.runs.iter().filter(|run| run.state() == State::Done).count()
    }

    /// The tickets whose category was changed, by number in the order in which it happened.
    async fn changed(&self) -> Vec<i64> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListEventsRequest {
                parent: self.name(),
                page_size: 200,
                page_token,
                event_filter: Some(v1::EventFilter {
                    types: vec![v1::EventType::TicketUpdated.into()],
                    ..Default::default()
                }),
                ..Default::default()
            };
            let page = self.root.events().list_events(request).await.expect("a page").into_inner();
            let number =
                |event: &v1::Event| event.ticket.rsplit('/').next().and_then(|number| number.parse::<i64>().ok());
            found.extend(page.events.iter().filter_map(number));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return found;
            }
        }
    }
}

/// A moment, in which time goes on where workers go on by themselves.
const TICK: Duration = Duration::from_millis(20);
/// More than one turn of an account does.
const MANY: usize = 600;

// T-53: whoever has hundreds of delayed actions due in one moment gets a bounded turn, then it is the next account's. What is
// due at one time is done by tickets, in order.
both_engines!(many_runs_that_are_due_at_once_do_not_hold_up_another_account, |db| async move {
    let app = App::start(db).await;
    app.new_account("rival").await;
    let (many, few) = (Tenant::of(&app, "acme"), Tenant::of(&app, "rival"));
    for tenant in [&many, &few] {
        tenant.on_creation(vec![delay(60), category("seen")]).await;
    }
    many.tickets(MANY).await;
    few.tickets(1).await;
    work(&app).await;
    app.advance(Duration::from_mins(1));
    let mut turns = 0;
    while few.over().await == 0 {
        assert!(app.running().worker.turn().await.expect("worked"), "something is due");
        turns += 1;
    }
    assert!(turns <= 2, "one turn of each account: {turns}");
    assert!(many.changed().await.len() < MANY, "and the other one has not done yet");
    work(&app).await;
    let order = many.changed().await;
    assert_eq!(order.len(), MANY);
    assert!(order.is_sorted(), "{order:?}");
});

/// An account calls a receiver that never answers, with so many workers, until it makes no more calls, `least` of them at
/// least. Another account, whose receiver is on the same host, is called meanwhile. Returns the calls.
async fn beside_a_slow_one(db: TestDatabase, workers: &str, least: usize) -> usize {
    let app = open(db, &[("jobs.workers", workers)]).await;
    app.new_account("rival").await;
    let (slow, quick) = (Tenant::of(&app, "acme"), Tenant::of(&app, "rival"));
    let (silent, good) = (Attacker::silent().await, Receiver::start(&[]).await);
    for (tenant, url) in [(&slow, silent.url("http")), (&quick, good.url())] {
        tenant.rotate().await;
        tenant.on_creation(vec![call(&url)]).await;
    }
    slow.tickets(60).await;
    let (worker, stop) = (app.running().worker.clone(), CancellationToken::new());
    let stopping = stop.clone().drop_guard();
    let working = tokio::spawn(async move { worker.run(stop).await });
    let mut pace = tokio::time::interval(TICK);
    let (mut calls, mut quiet) = (0, 0);
    // As many as are made before the first one is over; time goes on meanwhile.
    while calls < least || quiet < 25 {
        pace.tick().await;
        app.advance(TICK);
        quiet = if silent.calls() == calls { quiet + 1 } else { 0 };
        calls = silent.calls();
    }
    quick.tickets(1).await;
    let arrives = async {
        while good.got().is_empty() {
            pace.tick().await;
            app.advance(TICK);
        }
    };
    tokio::time::timeout(Duration::from_secs(5), arrives).await.expect("before the slow ones are over");
    drop(stopping);
    working.abort();
    calls
}

// T-31, L-23: receivers that never answer cost their account its own share of the workers; the call of another account is
// made meanwhile.
both_engines!(a_slow_receiver_of_one_account_does_not_hold_up_another, |db| async move {
    let calls = Box::pin(beside_a_slow_one(db, "4", 1)).await;
    assert!(calls <= 8, "one turn, which is a quarter of the workers: {calls}");
});

// L-26, T-31: a host has ten calls of one account at a time, and another account has its own ten of the same host.
both_engines!(a_host_that_one_account_calls_too_often_is_free_for_another, |db| async move {
    let calls = Box::pin(beside_a_slow_one(db, "8", 10)).await;
    assert_eq!(calls, 10);
});
