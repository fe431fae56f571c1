//! What the tests of workflows do again and again.

use helpdesk::grpc::pb::v1::{self, WorkflowTriggerKind as On, workflow_step::Kind};
use tonic::Status;

use crate::support::app::{self, App};
use crate::support::client::Client;

pub fn name(id: &str) -> String {
    format!("{}/workflows/{id}", app::account())
}

/// Something that takes tickets in.
pub fn on(kind: On) -> v1::WorkflowTrigger {
    v1::WorkflowTrigger { kind: kind.into(), ..Default::default() }
}

/// The steps one after another; the first is `s1`.
pub fn steps(kinds: Vec<Kind>) -> Vec<v1::WorkflowStep> {
    let last = kinds.len();
    let step = |(index, kind): (usize, Kind)| v1::WorkflowStep {
        step_id: format!("s{}", index + 1),
        note: String::new(),
        next_step: if index + 1 == last { String::new() } else { format!("s{}", index + 2) },
        kind: Some(kind),
    };
    kinds.into_iter().enumerate().map(step).collect()
}

pub fn delay(seconds: i64) -> Kind {
    Kind::Delay(prost_types::Duration { seconds, nanos: 0 })
}

pub fn category(text: &str) -> Kind {
    Kind::SetCategory(v1::SetCategoryStep { category: text.to_owned() })
}

pub fn set_status(name: &str) -> Kind {
    Kind::SetStatus(v1::SetStatusStep { status: name.to_owned() })
}

/// A workflow.
pub fn workflow(triggers: Vec<v1::WorkflowTrigger>, kinds: Vec<Kind>) -> v1::Workflow {
    v1::Workflow { display_name: "Workflow".to_owned(), triggers, steps: steps(kinds), ..Default::default() }
}

/// Makes a workflow.
pub async fn create(caller: &Client, id: &str, workflow: v1::Workflow) -> Result<v1::Workflow, Status> {
    let request = v1::CreateWorkflowRequest {
        parent: app::account(),
        workflow: Some(workflow),
        workflow_id: id.to_owned(),
        ..Default::default()
    };
    caller.workflows().create_workflow(request).await.map(|made| made.into_inner().workflow.expect("a workflow"))
}

/// Switches a workflow on.
pub async fn turn_on(caller: &Client, id: &str) -> Result<v1::Workflow, Status> {
    let request = v1::TurnOnWorkflowRequest { name: name(id), ..Default::default() };
    caller.workflows().turn_on_workflow(request).await.map(|done| done.into_inner().workflow.expect("a workflow"))
}

/// Switches a workflow off.
pub async fn turn_off(caller: &Client, id: &str) -> v1::Workflow {
    let request = v1::TurnOffWorkflowRequest { name: name(id), ..Default::default() };
    let done = caller.workflows().turn_off_workflow(request).await.expect("switched").into_inner();
    done.workflow.expect("a workflow")
}

/// Makes a workflow and switches it on.
pub async fn live(caller: &Client, id: &str, workflow: v1::Workflow) {
    create(caller, id, workflow).await.expect("made");
    turn_on(caller, id).await.expect("on");
}

/// The runs of a workflow, newest first.
pub async fn runs(caller: &Client, id: &str) -> Vec<v1::WorkflowRun> {
    let request = v1::ListWorkflowRunsRequest { parent: name(id), page_size: 200, ..Default::default() };
    caller.workflows().list_workflow_runs(request).await.expect("a page").into_inner().runs
}

/// The only run of a workflow.
pub async fn only_run(caller: &Client, id: &str) -> v1::WorkflowRun {
    let [run] = runs(caller, id).await.try_into().expect("one run");
    run
}

/// What the steps of a run came to.
pub fn outcomes(run: &v1::WorkflowRun) -> Vec<(&str, &str)> {
    run.trace.iter().map(|entry| (entry.step_id.as_str(), entry.outcome.as_str())).collect()
}

/// Takes a ticket in by hand.
pub async fn enroll(caller: &Client, id: &str, ticket: &str) -> Result<v1::WorkflowRun, Status> {
    let request = v1::EnrollTicketRequest { name: name(id), ticket: ticket.to_owned(), ..Default::default() };
    caller.workflows().enroll_ticket(request).await.map(|done| done.into_inner().run.expect("a run"))
}

/// Works off what is due.
pub async fn work(app: &App) {
    app.running().worker.run_until_idle().await.expect("worked");
}
