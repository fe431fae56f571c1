//! Workflows: made, read, changed, switched, deleted.

use helpdesk::domain::access::Tier;
use helpdesk::grpc::pb::access::Tier as Wire;
use helpdesk::grpc::pb::v1::{self, ErrorReason, WorkflowState, WorkflowTriggerKind as On, workflow_step::Kind};

use super::hands::{
    category, create, delay, live, name, on, only_run, outcomes, runs, turn_off, turn_on, work, workflow,
};
use crate::pipeline::hands::{mask, set_tier};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket::hands::made;

async fn get(caller: &Client, id: &str) -> Result<v1::Workflow, tonic::Status> {
    let request = v1::GetWorkflowRequest { name: name(id) };
    caller.workflows().get_workflow(request).await.map(|found| found.into_inner().workflow.expect("a workflow"))
}

async fn change(caller: &Client, new: v1::Workflow, paths: &[&str]) -> Result<v1::Workflow, tonic::Status> {
    let request =
        v1::UpdateWorkflowRequest { workflow: Some(new), update_mask: Some(mask(paths)), ..Default::default() };
    caller.workflows().update_workflow(request).await.map(|done| done.into_inner().workflow.expect("a workflow"))
}

// triggers, condition and steps are stored, read back and changed; a new one is off. The id of a deleted one is
// not used again: its runs are still there.
both_engines!(workflows_are_made_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let new = v1::Workflow {
        condition: "priority = HIGH".to_owned(),
        ..workflow(vec![on(On::Created)], vec![category("a")])
    };
    let one = create(&root, "one", new).await.expect("made");
    assert_eq!((one.state(), one.revision), (WorkflowState::Off, 1));
    assert_eq!(get(&root, "one").await.expect("found"), one);
    let list = v1::ListWorkflowsRequest { parent: app::account(), ..Default::default() };
    let all = root.workflows().list_workflows(list).await.expect("listed").into_inner().workflows;
    assert_eq!(all, std::slice::from_ref(&one));
    let renamed = v1::Workflow { display_name: "Other".to_owned(), ..one.clone() };
    let renamed = change(&root, renamed, &["display_name"]).await.expect("renamed");
    assert_eq!(renamed.revision, 1, "the same thing under another name");
    let edited = v1::Workflow { etag: String::new(), ..workflow(Vec::new(), vec![category("b"), delay(60)]) };
    let edited = v1::Workflow { name: name("one"), ..edited };
    let edited = change(&root, edited, &["triggers", "steps"]).await.expect("edited");
    assert_eq!((edited.revision, edited.triggers.len(), edited.steps.len()), (2, 0, 2));
    assert_eq!(edited.condition, "priority = HIGH");
    let delete = v1::DeleteWorkflowRequest { name: name("one"), ..Default::default() };
    root.workflows().delete_workflow(delete).await.expect("deleted");
    assert_refused(get(&root, "one").await, ErrorReason::ResourceNotFound);
    for validate_only in [true, false] {
        let again = v1::CreateWorkflowRequest {
            parent: app::account(),
            workflow: Some(workflow(Vec::new(), vec![category("c")])),
            workflow_id: "one".to_owned(),
            validate_only,
            ..Default::default()
        };
        let refused = root.workflows().create_workflow(again).await;
        assert_refused(refused, ErrorReason::ResourceAlreadyExists);
    }
});

both_engines!(a_definition_that_cannot_run_is_refused, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let refused = async |workflow: v1::Workflow, reason| {
        assert_refused(create(&root, "bad", workflow).await, reason);
    };
    let plain = || workflow(vec![on(On::Created)], vec![category("a")]);
    refused(v1::Workflow { condition: "priority = ".to_owned(), ..plain() }, ErrorReason::FilterInvalid).await;
    refused(v1::Workflow { condition: "weather = 1".to_owned(), ..plain() }, ErrorReason::FilterFieldUnknown).await;
    refused(workflow(vec![on(On::FieldChanged)], vec![category("a")]), ErrorReason::FieldInvalid).await;
    refused(workflow(Vec::new(), vec![delay(59)]), ErrorReason::FieldInvalid).await;
    refused(workflow(Vec::new(), vec![delay(366 * 86_400)]), ErrorReason::FieldInvalid).await;
    let owner = Kind::SetOwner(v1::SetOwnerStep { user: app::user_name("nobody") });
    refused(workflow(Vec::new(), vec![owner]), ErrorReason::ReferenceNotFound).await;
    let mut back = workflow(Vec::new(), vec![category("a"), category("b")]);
    "s1".clone_into(&mut back.steps[1].next_step);
    refused(back, ErrorReason::FieldInvalid).await;
});

// an edit counts for tickets that come in later; runs finish on what they began with. Off takes nobody in.
both_engines!(runs_finish_on_the_steps_that_they_began_with, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "one", workflow(vec![on(On::Created)], vec![delay(60), category("old")])).await;
    let first = made(&root, "First").await.name;
    work(&app).await;
    let new = v1::Workflow { name: name("one"), ..workflow(Vec::new(), vec![category("new")]) };
    change(&root, new, &["steps"]).await.expect("edited");
    let second = made(&root, "Second").await.name;
    work(&app).await;
    turn_off(&root, "one").await;
    let third = made(&root, "Third").await.name;
    turn_on(&root, "one").await.expect("on again");
    app.advance(std::time::Duration::from_mins(1));
    work(&app).await;
    let category_of = async |ticket: &str| app.ticket_now(ticket).await.category;
    assert_eq!(category_of(&first).await, "old");
    assert_eq!(category_of(&second).await, "new");
    assert_eq!(category_of(&third).await, "");
    let all: Vec<i64> = runs(&root, "one").await.iter().map(|run| run.workflow_revision).collect();
    assert_eq!(all, [2, 1]);
});

// switched off it takes nobody in, and nothing is done to those who are in; delays pass.
both_engines!(nothing_is_done_by_a_workflow_that_is_off, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "one", workflow(vec![on(On::Created)], vec![delay(60), category("a"), delay(60), category("b")])).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    turn_off(&root, "one").await;
    app.advance(std::time::Duration::from_mins(1));
    work(&app).await;
    turn_on(&root, "one").await.expect("on again");
    app.advance(std::time::Duration::from_mins(1));
    work(&app).await;
    assert_eq!(app.ticket_now(&ticket).await.category, "b");
    let told = only_run(&root, "one").await;
    assert_eq!(outcomes(&told), [("s1", "WAITING"), ("s2", "SKIPPED"), ("s3", "WAITING"), ("s4", "DONE")]);
});

// R-200, C-006, C-007: from PROFESSIONAL on; on a lower plan a workflow is suspended and stays, and comes back.
both_engines!(workflows_need_their_plan_and_come_back_with_it, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.new_account_of("small", Tier::Starter).await;
    let request = v1::CreateWorkflowRequest {
        parent: "accounts/small".to_owned(),
        workflow: Some(workflow(Vec::new(), vec![category("a")])),
        ..Default::default()
    };
    let refused = app.user_of("small", "root").workflows().create_workflow(request).await;
    assert_refused(refused, ErrorReason::SubscriptionRequired);
    live(&root, "one", workflow(vec![on(On::Created)], vec![delay(60), category("a")])).await;
    let waits = made(&root, "Waits").await.name;
    work(&app).await;
    set_tier(&app, app::ACCOUNT, Wire::Starter).await;
    let missed = made(&root, "Missed").await.name;
    app.advance(std::time::Duration::from_mins(2));
    work(&app).await;
    assert_eq!(app.ticket_now(&waits).await.category, "", "it does not run");
    assert!(turn_off(&root, "one").await.state() == WorkflowState::Off, "switching off is on every plan");
    assert_refused(turn_on(&root, "one").await, ErrorReason::SubscriptionRequired);
    set_tier(&app, app::ACCOUNT, Wire::Professional).await;
    turn_on(&root, "one").await.expect("on again");
    app.advance(std::time::Duration::from_hours(1));
    work(&app).await;
    assert_eq!(app.ticket_now(&waits).await.category, "a", "it goes on where it was");
    assert_eq!(app.ticket_now(&missed).await.category, "");
    assert_eq!(outcomes(&only_run(&app.root(), "one").await), [("s1", "WAITING"), ("s2", "DONE")]);
});
