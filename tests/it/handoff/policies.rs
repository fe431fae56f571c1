//! How customer agents hand over: set in one place, with what each process needs.

use helpdesk::grpc::pb::access::Tier;
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffProcess as Process, handoff_policy::Assignment};
use tonic_types::StatusExt;

use super::hands::{BASIC, policy_name, set, to_people};
use crate::customer_agent::hands::{buy, make};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::workflow::hands as flows;

async fn read(caller: &Client) -> v1::HandoffPolicy {
    let request = v1::GetHandoffPolicyRequest { name: policy_name("ava") };
    let found = caller.handoffs().get_handoff_policy(request).await.expect("found").into_inner();
    found.handoff_policy.expect("a policy")
}

/// The field that a refusal names.
async fn fault(caller: &Client, policy: v1::HandoffPolicy, paths: &[&str]) -> String {
    let refused = assert_refused(set(caller, policy, paths).await, ErrorReason::FieldInvalid);
    refused.get_error_details().bad_request().expect("fields").field_violations[0].field.clone()
}

// one policy per agent; a new one hands nothing over; messages are changed by themselves.
both_engines!(a_policy_is_set_and_read, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let mia = app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    let fresh = read(&mia).await;
    assert_eq!((fresh.process(), fresh.etag.as_str(), fresh.update_time), (Process::None, "\"1\"", None));
    let changed = set(&root, to_people(Process::Live, &["mia"], &[]), &BASIC).await.expect("set");
    assert_eq!((changed.process(), changed.etag.as_str()), (Process::Live, "\"2\""));
    assert_eq!(read(&mia).await, changed);
    let mut words = to_people(Process::None, &[], &[]);
    "  Soon  ".clone_into(&mut words.available_messages[0].text);
    let only = set(&root, words, &["available_messages"]).await.expect("set");
    assert_eq!((only.process(), only.available_messages[0].text.as_str()), (Process::Live, "Soon"));
    assert_eq!(only.unavailable_messages, changed.unavailable_messages);
    let stale = v1::HandoffPolicy { etag: "\"2\"".to_owned(), ..to_people(Process::None, &[], &[]) };
    assert_refused(set(&root, stale, &["process"]).await, ErrorReason::EtagMismatch);
    let none = set(&root, to_people(Process::None, &[], &[]), &["process"]).await.expect("set");
    assert_eq!((none.process(), none.available_messages), (Process::None, only.available_messages), "they stay");
});

//
both_engines!(only_editors_set_policies, |db| async move {
    let app = App::start(db).await;
    make(&app.root(), "ava").await.expect("made");
    let mia = app.agent("mia").await;
    let policy = to_people(Process::Live, &["mia"], &[]);
    assert_refused(set(&mia, policy, &BASIC).await, ErrorReason::PermissionMissing);
});

// C-104: what a process needs and what it does not have.
both_engines!(a_policy_lacks_nothing_that_it_needs, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    let live = || to_people(Process::Live, &["mia"], &[]);
    assert_eq!(fault(&root, live(), &["process"]).await, "handoff_policy.assignment");
    assert_eq!(fault(&root, live(), &BASIC[..2]).await, "handoff_policy.available_messages");
    assert_eq!(fault(&root, live(), &BASIC[..3]).await, "handoff_policy.unavailable_messages");
    let mut blank = live();
    " ".clone_into(&mut blank.unavailable_messages[0].text);
    assert_eq!(fault(&root, blank, &BASIC).await, "handoff_policy.unavailable_messages[0].text");
    let mut long = live();
    long.available_messages[0].text = "x".repeat(2_001);
    assert_eq!(fault(&root, long, &BASIC).await, "handoff_policy.available_messages[0].text");
    let mut twice = live();
    twice.available_messages.push(twice.available_messages[0].clone());
    assert_eq!(fault(&root, twice, &BASIC).await, "handoff_policy.available_messages[1].language_code");
    let none = to_people(Process::None, &["mia"], &[]);
    assert_eq!(fault(&root, none, &BASIC).await, "handoff_policy.process", "NONE tells nothing");
    let close = v1::HandoffPolicy { unassigned_chat: v1::UnassignedChat::Close.into(), ..live() };
    let paths = [&BASIC[..], &["unassigned_chat"]].concat();
    assert_eq!(fault(&root, close, &paths).await, "handoff_policy.unassigned_chat");
    let offered = v1::HandoffPolicy {
        offer_timeout: Some(prost_types::Duration { seconds: 30, nanos: 0 }),
        ..to_people(Process::Asynchronous, &["mia"], &[])
    };
    let paths = [&BASIC[..], &["offer_timeout"]].concat();
    assert_eq!(fault(&root, offered, &paths).await, "handoff_policy.offer_timeout");
    let nobody = to_people(Process::Live, &["nobody"], &[]);
    assert_refused(set(&root, nobody, &BASIC).await, ErrorReason::ReferenceNotFound);
});

// C-103: a workflow over tickets, in the help desk; one that is off or gone shows.
both_engines!(a_workflow_may_assign_instead, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    let by = |workflow: &str| v1::HandoffPolicy {
        assignment: Some(Assignment::Workflow(flows::name(workflow))),
        not_assigned_messages: vec![v1::HandoffText { language_code: String::new(), text: "Nobody yet".to_owned() }],
        unavailable_messages: Vec::new(),
        ..to_people(Process::Live, &[], &[])
    };
    let paths = ["process", "workflow", "available_messages", "not_assigned_messages"];
    assert_refused(set(&root, by("none"), &paths).await, ErrorReason::ReferenceNotFound);
    flows::create(&root, "assign", flows::workflow(Vec::new(), vec![flows::category("x")])).await.expect("made");
    let inbox = v1::HandoffPolicy { destination: v1::Area::Inbox.into(), ..by("assign") };
    assert_eq!(fault(&root, inbox, &[&paths[..], &["destination"]].concat()).await, "handoff_policy.destination");
    let off = set(&root, by("assign"), &paths).await.expect("set");
    assert_eq!(off.problem(), v1::HandoffPolicyProblem::WorkflowOff);
    flows::turn_on(&root, "assign").await.expect("on");
    assert_eq!(read(&root).await.problem(), v1::HandoffPolicyProblem::Unspecified);
    let missing = v1::HandoffPolicy { unavailable_messages: by("x").available_messages, ..by("assign") };
    assert_eq!(fault(&root, missing, &["unavailable_messages"]).await, "handoff_policy.unavailable_messages");
    flows::turn_off(&root, "assign").await;
    let request = v1::DeleteWorkflowRequest { name: flows::name("assign"), ..Default::default() };
    root.workflows().delete_workflow(request).await.expect("deleted");
    assert_eq!(read(&root).await.problem(), v1::HandoffPolicyProblem::WorkflowDeleted);
    let people = set(&root, to_people(Process::Live, &["mia"], &[]), &["same_targets", "unavailable_messages"]).await;
    assert_refused(people, ErrorReason::FieldInvalid);
    let all = [&BASIC[..], &["not_assigned_messages"]].concat();
    let people = set(&root, to_people(Process::Live, &["mia"], &[]), &all).await.expect("set");
    let Some(Assignment::SameTargets(targets)) = people.assignment else { panic!("people again") };
    assert_eq!(targets.users, [user_name("mia")]);
});

//
both_engines!(policies_are_set_on_the_plans_that_include_them, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    let starter = v1::Subscription { tier: Tier::Starter.into(), ..Default::default() };
    buy(&app, starter, "subscription.tier").await;
    let policy = to_people(Process::Live, &["mia"], &[]);
    assert_refused(set(&root, policy, &BASIC).await, ErrorReason::SubscriptionRequired);
    assert_eq!(read(&root).await.process(), Process::None, "reading is on every plan");
});
