//! What follows from one change: the status first, then its actions, then workflows (C-085).

use helpdesk::grpc::pb::v1::{self, EventType, WorkflowTriggerKind as On};

use super::hands::{category, live, on, runs, set_status, work, workflow};
use crate::mail::desk::MailDesk;
use crate::pipeline::hands::{act, actions, automate, enter, last, rule};
use crate::support::app::{App, status_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::ticket::hands::{change, events, made};

/// The statuses and categories that a ticket got, in the order in which it did.
async fn got(app: &App, ticket: &str) -> Vec<String> {
    let told = events(&app.root(), ticket).await;
    let one = |event: &v1::Event| {
        let (_, after) = change(event, "status").or_else(|| change(event, "category"))?;
        Some(last(after))
    };
    told.iter().filter(|event| event.r#type() != EventType::TicketCreated).filter_map(one).collect()
}

/// Two workflows, whose names come before all others: one for messages, one for whoever reaches a status.
async fn with_workflows(app: &App, status: &str) {
    let entered = v1::WorkflowTrigger { statuses: vec![status_name(status)], ..on(On::StatusEntered) };
    for (id, trigger, mark) in [("0-message", on(On::MessageReceived), "message"), ("1-status", entered, "status")] {
        live(&app.root(), id, workflow(vec![trigger], vec![category(mark)])).await;
    }
}

// C-085: an answer of the contact moves the status, the actions of the status follow, and workflows come last, those too that
// look at the message, which came before.
both_engines!(an_answer_moves_the_status_then_acts_then_enrols, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let (app, root) = (&desk.app, desk.app.root());
    let reply =
        v1::PipelineAutomation { on_contact_reply: Some(rule(&status_name("waiting-on-us"))), ..Default::default() };
    automate(&root, "support", reply, &["on_contact_reply"]).await.expect("switched");
    act(&root, "waiting-on-us", "mark", category("action")).await.expect("added");
    let conversation = desk.begin("ann@x.example").await;
    let ours = desk.reply(&conversation, "Is it on?").await.mail_id;
    work(app).await;
    with_workflows(app, "waiting-on-us").await;
    let head = format!(
        "From: ann@x.example\r\nTo: mail@acme.example\r\nMessage-ID: <m@x.example>\r\nIn-Reply-To: <{ours}>\r\nSubject: Re: Printer\r\n"
    );
    desk.receive(&head, "It is.").await;
    work(app).await;
    let ticket = "accounts/acme/tickets/1";
    assert_eq!(got(app, ticket).await, ["waiting-on-us", "action", "message", "status"]);
    let acted = last(&actions(&root, "waiting-on-us").await[0].workflow);
    for id in [acted.as_str(), "0-message", "1-status"] {
        let run = runs(&root, id).await.into_iter().next().expect("a run");
        assert_eq!(run.trace[0].outcome, "DONE", "{id}: {:?}", run.trace);
    }
});

// C-077, C-085: two statuses in one turn are two entries: the actions of both are done, in the order of the entries, and a
// workflow on the first takes the ticket in.
both_engines!(a_status_that_is_left_in_the_same_turn_was_entered, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for status in ["waiting-on-us", "closed"] {
        act(&root, status, "mark", category(&format!("acts-on-{status}"))).await.expect("added");
    }
    let steps = ["waiting-on-us", "closed", "waiting-on-us"].map(|status| set_status(&status_name(status))).to_vec();
    live(&root, "0-created", workflow(vec![on(On::Created)], steps)).await;
    let entered = v1::WorkflowTrigger { statuses: vec![status_name("closed")], ..on(On::StatusEntered) };
    live(&root, "1-closed", workflow(vec![entered], vec![category("workflow")])).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let there = ["waiting-on-us", "closed", "waiting-on-us"];
    let acted = ["acts-on-waiting-on-us", "acts-on-closed", "acts-on-waiting-on-us", "workflow"];
    assert_eq!(got(&app, &ticket).await, [&there[..], &acted[..]].concat());
    for (status, entries) in [("waiting-on-us", 2), ("closed", 1)] {
        let held = last(&actions(&root, status).await[0].workflow);
        assert_eq!(runs(&root, &held).await.len(), entries, "{status}");
    }
    assert_eq!(runs(&root, "1-closed").await.len(), 1);
});

// C-085: so it is by hand, and with a ticket that is made in its status.
both_engines!(a_status_by_hand_acts_before_workflows, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for status in ["new", "closed"] {
        act(&root, status, "mark", category("action")).await.expect("added");
    }
    live(&root, "0-created", workflow(vec![on(On::Created)], vec![category("created")])).await;
    with_workflows(&app, "closed").await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    enter(&root, &ticket, &status_name("closed")).await.expect("closed");
    work(&app).await;
    assert_eq!(got(&app, &ticket).await, ["action", "created", "closed", "action", "status"]);
});
