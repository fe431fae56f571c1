//! Random workflows and random lives of tickets: everything comes to rest in bounded steps, and the same goes the same way
//! again, on either engine (T-53, complaint 24).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, Priority, WorkflowTriggerKind as On, workflow_step::Kind};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::hands::work;
use crate::pipeline::hands::mask;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

/// Rule sets of one test.
const CASES: u64 = 12;
/// Workflows of one set.
const WORKFLOWS: usize = 5;
/// What somebody does to the ticket of one set.
const DEEDS: usize = 8;
const STATUSES: [&str; 4] = ["new", "waiting-on-contact", "waiting-on-us", "closed"];
const WORDS: [&str; 3] = ["red", "blue", ""];

/// What became of each case on the engine that was first.
static FOUND: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::new(BTreeMap::new());

struct Case {
    account: String,
    dice: SmallRng,
    root: Client,
}

impl Case {
    fn status(&mut self) -> String {
        let status = STATUSES.choose(&mut self.dice).expect("there are some");
        format!("accounts/{}/pipelines/support/statuses/{status}", self.account)
    }

    fn word(&mut self) -> String {
        (*WORDS.choose(&mut self.dice).expect("there are some")).to_owned()
    }

    fn trigger(&mut self) -> v1::WorkflowTrigger {
        let kinds = [On::Created, On::StatusEntered, On::FieldChanged, On::OwnerChanged];
        let kind = *kinds.choose(&mut self.dice).expect("there are some");
        let statuses = if kind == On::StatusEntered { vec![self.status()] } else { Vec::new() };
        let field = if kind == On::FieldChanged {
            (*["category", "priority", "tags"].choose(&mut self.dice).expect("there are some")).to_owned()
        } else {
            String::new()
        };
        v1::WorkflowTrigger { kind: kind.into(), statuses, field }
    }

    fn kind(&mut self, later: Option<String>) -> Kind {
        match self.dice.random_range(0..8) {
            0 | 1 => Kind::SetStatus(v1::SetStatusStep { status: self.status() }),
            2 | 3 => Kind::SetCategory(v1::SetCategoryStep { category: self.word() }),
            4 => {
                let priorities = [Priority::Low, Priority::High, Priority::Unspecified];
                let priority = *priorities.choose(&mut self.dice).expect("there are some");
                Kind::SetPriority(v1::SetPriorityStep { priority: priority.into() })
            }
            5 => Kind::ChangeTags(v1::ChangeTagsStep { add: vec!["a".to_owned()], remove: vec!["b".to_owned()] }),
            6 => Kind::Delay(prost_types::Duration { seconds: 60, nanos: 0 }),
            _ => {
                let arm =
                    v1::BranchArm { condition: "category = red".to_owned(), next_step: later.unwrap_or_default() };
                Kind::Branch(v1::BranchStep { arms: vec![arm] })
            }
        }
    }

    fn workflow(&mut self) -> v1::Workflow {
        let count = self.dice.random_range(1..=5);
        let id = |at: usize| (at < count).then(|| format!("s{at}"));
        let steps = (0..count)
            .map(|at| {
                let later = id(at + self.dice.random_range(1..=3));
                v1::WorkflowStep {
                    step_id: format!("s{at}"),
                    kind: Some(self.kind(later)),
                    next_step: id(at + 1).unwrap_or_default(),
                    ..Default::default()
                }
            })
            .collect();
        let triggers = (0..self.dice.random_range(1..=2)).map(|_| self.trigger()).collect();
        let condition = if self.dice.random_bool(0.3) { "state = OPEN".to_owned() } else { String::new() };
        let reenroll = self.dice.random_bool(0.8);
        v1::Workflow { display_name: "Random".to_owned(), triggers, condition, reenroll, steps, ..Default::default() }
    }

    /// The account with its workflows on.
    async fn begin(app: &App, account: &str, seed: u64) -> Self {
        app.new_account(account).await;
        let root = app.user_of(account, "root");
        let mut case = Self { account: account.to_owned(), dice: SmallRng::seed_from_u64(seed), root };
        for number in 0..WORKFLOWS {
            let request = v1::CreateWorkflowRequest {
                parent: format!("accounts/{account}"),
                workflow: Some(case.workflow()),
                workflow_id: format!("w{number}"),
                ..Default::default()
            };
            case.root.workflows().create_workflow(request).await.expect("made");
            let name = format!("accounts/{account}/workflows/w{number}");
            let request = v1::TurnOnWorkflowRequest { name, ..Default::default() };
            case.root.workflows().turn_on_workflow(request).await.expect("on");
        }
        case
    }

    /// The life of a ticket; what the log says of it.
    async fn live(&mut self, app: &App, account: &str) -> Vec<String> {
        let ticket = v1::Ticket {
            subject: "Random".to_owned(),
            pipeline: format!("accounts/{account}/pipelines/support"),
            status: self.status(),
            ..Default::default()
        };
        let request = v1::CreateTicketRequest {
            parent: format!("accounts/{account}"),
            ticket: Some(ticket),
            ..Default::default()
        };
        let made = self.root.tickets().create_ticket(request).await.expect("a ticket");
        let name = made.into_inner().ticket.expect("a ticket").name;
        for _ in 0..DEEDS {
            self.deed(&name).await;
            work(app).await;
            app.advance(Duration::from_secs(self.dice.random_range(0..90)));
            self.root = app.user_of(account, "root");
        }
        app.advance(Duration::from_mins(30));
        work(app).await;
        self.root = app.user_of(account, "root");
        self.log().await
    }

    async fn deed(&mut self, name: &str) {
        if self.dice.random_bool(0.5) {
            let status = self.status();
            let request = v1::ChangeTicketStatusRequest { name: name.to_owned(), status, ..Default::default() };
            self.root.tickets().change_ticket_status(request).await.expect("changed");
        } else {
            let ticket = v1::Ticket { name: name.to_owned(), category: self.word(), ..Default::default() };
            let request = v1::UpdateTicketRequest {
                ticket: Some(ticket),
                update_mask: Some(mask(&["category"])),
                ..Default::default()
            };
            self.root.tickets().update_ticket(request).await.expect("changed");
        }
    }

    /// Every event about the ticket, in words that say nothing of the account.
    async fn log(&self) -> Vec<String> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListEventsRequest {
                parent: format!("accounts/{}", self.account),
                page_size: 200,
                page_token,
                ..Default::default()
            };
            let page = self.root.events().list_events(request).await.expect("a page").into_inner();
            for event in page.events.iter().filter(|event| !event.ticket.is_empty()) {
                let fields: Vec<String> = event
                    .fields
                    .iter()
                    .filter(|change| !change.field.ends_with("_time"))
                    .map(|change| format!("{}: {} -> {}", change.field, change.before, change.after))
                    .collect();
                let depth = event.cause_chain.as_ref().map_or(0, |chain| chain.depth);
                let text = format!("{:?} {depth} {}", event.r#type(), fields.join(", "));
                found.push(text.replace(&format!("accounts/{}", self.account), "accounts/x"));
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return found;
            }
        }
    }
}

// T-53, C-084, complaint 24: it always stops: 25 runs or changes of the status of a chain, 50 things an hour. The same input gives
// the same log, in another account and on the other engine.
both_engines!(random_workflows_come_to_rest_and_go_the_same_way_again, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let mut busiest = 0;
    for seed in 0..CASES {
        let mut logs = Vec::new();
        for twin in ["a", "b"] {
            let account = format!("c{seed}{twin}");
            let mut case = Case::begin(&app, &account, seed).await;
            logs.push(case.live(&app, &account).await);
            work(&app).await;
            assert_eq!(case.log().await.len(), logs.last().expect("a log").len(), "{seed}: it rests");
        }
        assert_eq!(logs[0], logs[1], "{seed}: the same again");
        let log = logs.remove(0);
        // What people did, at most 50 things by workflows within the hour, and a word for each chain that was stopped.
        assert!(log.len() <= 1 + DEEDS + 50 + (1 + DEEDS) * WORKFLOWS, "{seed}: {}", log.len());
        busiest = busiest.max(log.len());
        let other = FOUND.lock().expect("no panic while held").insert(seed, log.clone());
        assert!(other.is_none_or(|other| other == log), "{seed}: the engines differ");
    }
    assert!(busiest > 20, "something happened: {busiest}");
});
