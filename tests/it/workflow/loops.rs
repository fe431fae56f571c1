//! Workflows that lead to each other, or to themselves, stop (C-084, T-53).

use helpdesk::grpc::pb::v1::{self, EventType, WorkflowRunState as State, WorkflowTriggerKind as On};

use super::hands::{category, live, on, runs, set_status, work, workflow};
use crate::support::app::{App, status_name};
use crate::support::databases::both_engines;
use crate::ticket::hands::{change, events, made};

// C-084: two that undo each other change the status 25 times, and the log says why no more.
both_engines!(two_workflows_that_undo_each_other_stop, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let entered = |id: &str| v1::WorkflowTrigger { statuses: vec![status_name(id)], ..on(On::StatusEntered) };
    let there = |from: &str, to: &str| v1::Workflow {
        reenroll: true,
        ..workflow(vec![entered(from)], vec![set_status(&status_name(to))])
    };
    live(&root, "ping", there("new", "waiting-on-us")).await;
    live(&root, "pong", there("waiting-on-us", "new")).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let told = events(&root, &ticket).await;
    let later = told.iter().filter(|event| event.r#type() != EventType::TicketCreated);
    let changes = later.filter(|event| change(event, "status").is_some()).count();
    assert!(changes <= 25, "{changes}");
    let all = [runs(&root, "ping").await, runs(&root, "pong").await].concat();
    let stopped = told.iter().filter(|event| event.r#type() == EventType::TicketAutomationSkipped).count();
    let failed = all.iter().filter(|run| run.state() == State::Failed).count();
    assert_eq!((stopped + failed, changes), (1, 25), "it stops once, and says so");
    work(&app).await;
    assert_eq!(events(&root, &ticket).await.len(), told.len(), "for good");
});

// T-53: one that leads to itself stops after 25 runs.
both_engines!(a_workflow_that_leads_to_itself_stops, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let changed = v1::WorkflowTrigger { field: "category".to_owned(), ..on(On::FieldChanged) };
    let steps = vec![category("a"), category("b")];
    let new = v1::Workflow { reenroll: true, ..workflow(vec![changed, on(On::Created)], steps) };
    live(&root, "self", new).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let all = runs(&root, "self").await;
    assert!(all.len() == 25 && all.iter().all(|run| run.state() == State::Done), "{all:?}");
    let told = events(&root, &ticket).await;
    let reasons: Vec<_> = told.iter().filter_map(|event| change(event, "reason")).map(|(_, after)| after).collect();
    assert_eq!(reasons, ["CHAIN_TOO_LONG"]);
});
