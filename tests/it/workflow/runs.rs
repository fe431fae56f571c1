//! Tickets on their way: what takes them in, delays, trials, what ends a run.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{
    self, ChannelType, ErrorReason, EventType, WorkflowRunState as State, WorkflowTriggerKind as On,
};

use super::hands::{category, delay, enroll, live, name, on, only_run, outcomes, runs, set_status, work, workflow};
use crate::pipeline::hands::{act, actions, enter, last, mask};
use crate::support::app::{self, App, status_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::ticket::hands::{chat, delete, events, give, made, merge, reply, undelete};

// R-202, C-085: each trigger takes in what it says, once per thing that happened, and only where the condition holds.
both_engines!(triggers_take_in_what_they_say, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    app.channel("chat", ChannelType::Chat).await;
    let again = |trigger| v1::Workflow { reenroll: true, ..workflow(vec![trigger], vec![category("x")]) };
    let entered = v1::WorkflowTrigger { statuses: vec![status_name("waiting-on-us")], ..on(On::StatusEntered) };
    let changed = v1::WorkflowTrigger { field: "subject".to_owned(), ..on(On::FieldChanged) };
    for (id, trigger) in [
        ("created", on(On::Created)),
        ("entered", entered),
        ("changed", changed),
        ("received", on(On::MessageReceived)),
        ("sent", on(On::MessageSent)),
        ("owner", on(On::OwnerChanged)),
    ] {
        live(&root, id, again(trigger)).await;
    }
    live(&root, "never", v1::Workflow { condition: "manual = true".to_owned(), ..again(on(On::Created)) }).await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    work(&app).await;
    chat(&app, "ann", "2", "Anybody?").await;
    work(&app).await;
    give(&root, &ticket.name, "mia").await;
    reply(&root, &ticket.conversations[0], "Yes").await.expect("sent");
    enter(&root, &ticket.name, &status_name("waiting-on-us")).await.expect("entered");
    enter(&root, &ticket.name, &status_name("waiting-on-us")).await.expect("C-077: it is there");
    let new = v1::Ticket { name: ticket.name.clone(), subject: "Printer".to_owned(), ..Default::default() };
    let request =
        v1::UpdateTicketRequest { ticket: Some(new), update_mask: Some(mask(&["subject"])), ..Default::default() };
    root.tickets().update_ticket(request).await.expect("changed");
    work(&app).await;
    let mut counts = Vec::new();
    for id in ["created", "entered", "changed", "received", "sent", "owner", "never"] {
        counts.push(runs(&root, id).await.len());
    }
    assert_eq!(counts, [1, 1, 1, 2, 1, 1, 0]);
});

// C-086: a delay is durable: over a restart, to the second.
both_engines!(a_delay_survives_a_restart, |db| async move {
    let mut app = App::start(db).await;
    let root = app.root();
    live(&root, "later", workflow(vec![on(On::Created)], vec![delay(365 * 86_400), category("late")])).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let waits = only_run(&root, "later").await;
    assert_eq!((waits.state(), waits.current_step.as_str()), (State::Waiting, "s2"));
    app.restart().await;
    app.advance(Duration::from_secs(365 * 86_400 - 1));
    work(&app).await;
    assert_eq!(app.ticket_now(&ticket).await.category, "");
    app.advance(Duration::from_secs(1));
    work(&app).await;
    assert_eq!(app.ticket_now(&ticket).await.category, "late");
    let done = only_run(&app.root(), "later").await;
    assert_eq!((done.state(), outcomes(&done)), (State::Done, vec![("s1", "WAITING"), ("s2", "DONE")]));
    assert!(done.end_time.is_some() && done.resume_time.is_none());
});

// R-202, C-077: once, unless it takes tickets again; never twice at a time; by hand with a reason for each refusal: no spam, and
// no actions of a status.
both_engines!(a_ticket_is_in_a_workflow_once_at_a_time, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "once", workflow(Vec::new(), vec![delay(60)])).await;
    live(&root, "again", v1::Workflow { reenroll: true, ..workflow(Vec::new(), vec![delay(60)]) }).await;
    let ticket = made(&root, "One").await.name;
    let refused = async |id: &str, cause: &str| {
        let status = assert_refused(enroll(&root, id, &ticket).await, ErrorReason::WorkflowNotEnrolled);
        let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
        assert_eq!(info.metadata.get("cause").map(String::as_str), Some(cause), "{id}");
    };
    for id in ["once", "again"] {
        enroll(&root, id, &ticket).await.expect("in");
        refused(id, "RUNNING").await;
    }
    work(&app).await;
    app.advance(Duration::from_mins(1));
    work(&app).await;
    refused("once", "ENROLLED_BEFORE").await;
    enroll(&root, "again", &ticket).await.expect("in again");
    super::hands::turn_off(&root, "again").await;
    refused("again", "OFF").await;
    let narrow =
        v1::Workflow { condition: "priority = URGENT".to_owned(), ..workflow(Vec::new(), vec![category("x")]) };
    live(&root, "narrow", narrow).await;
    refused("narrow", "CONDITION").await;
    act(&root, "closed", "mark", category("x")).await.expect("added");
    refused(&last(&actions(&root, "closed").await[0].workflow), "OF_STATUS").await;
    live(&root, "any", workflow(Vec::new(), vec![category("x")])).await;
    let spam = v1::MarkTicketSpamRequest { name: ticket.clone(), ..Default::default() };
    root.tickets().mark_ticket_spam(spam).await.expect("marked");
    refused("any", "SPAM").await;
});

// C-086: a ticket that is merged or deleted leaves, and does not come in again when it is brought back; a run is cancelled by
// hand, and one of a deleted workflow by itself.
both_engines!(what_ends_a_run, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "wait", workflow(vec![on(On::Created)], vec![delay(60), category("x")])).await;
    let [gone, merged, stays] = [made(&root, "1").await, made(&root, "2").await, made(&root, "3").await];
    let back = made(&root, "back").await;
    work(&app).await;
    delete(&root, &gone.name).await.expect("deleted");
    delete(&root, &back.name).await.expect("deleted");
    undelete(&root, &back.name).await.expect("back");
    merge(&root, &stays.name, &[&merged.name]).await.expect("merged");
    let all = runs(&root, "wait").await;
    let of = |ticket: &v1::Ticket| all.iter().find(|run| run.ticket == ticket.name).expect("a run").name.clone();
    let cancel = v1::CancelWorkflowRunRequest { name: of(&stays), ..Default::default() };
    let cancelled = root.workflows().cancel_workflow_run(cancel.clone()).await.expect("cancelled").into_inner();
    assert_eq!(cancelled.run.expect("a run").state(), State::Cancelled);
    let twice = root.workflows().cancel_workflow_run(cancel).await;
    assert_refused(twice, ErrorReason::StateTransitionNotAllowed);
    app.advance(Duration::from_mins(1));
    work(&app).await;
    for ticket in [&gone, &merged, &back] {
        let found = root.workflows().get_workflow_run(v1::GetWorkflowRunRequest { name: of(ticket) }).await;
        let run = found.expect("found").into_inner().run.expect("a run");
        assert_eq!((run.state(), run.trace.last().expect("an entry").outcome.as_str()), (State::Cancelled, "STOPPED"));
    }
    for ticket in [&stays, &back] {
        assert_eq!(app.ticket_now(&ticket.name).await.category, "");
    }
    let late = made(&root, "4").await;
    work(&app).await;
    let delete = v1::DeleteWorkflowRequest { name: name("wait"), ..Default::default() };
    root.workflows().delete_workflow(delete).await.expect("deleted");
    app.advance(Duration::from_mins(1));
    work(&app).await;
    let run = runs(&root, "wait").await.into_iter().find(|run| run.ticket == late.name).expect("still there");
    assert_eq!(run.state(), State::Cancelled);
});

// A trial says what would happen, by the same code, and leaves nothing.
both_engines!(a_trial_tells_and_does_nothing, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let kinds = vec![category("x"), delay(86_400), set_status(&status_name("closed"))];
    let new = v1::Workflow { condition: "priority = HIGH".to_owned(), ..workflow(Vec::new(), kinds) };
    super::hands::create(&root, "try", new).await.expect("made");
    let ticket = made(&root, "One").await;
    let before = app.events_so_far().await;
    let request = v1::TestWorkflowRequest { name: name("try"), ticket: ticket.name.clone() };
    let tried = root.workflows().test_workflow(request).await.expect("tried").into_inner();
    let run = tried.run.expect("a run");
    assert_eq!(outcomes(&run), [("s1", "DONE"), ("s2", "WAITING"), ("s3", "DONE")]);
    assert_eq!((run.state(), run.name.as_str(), tried.would_enroll), (State::Done, "", false));
    assert_eq!((app.ticket_now(&ticket.name).await, app.events_so_far().await), (ticket, before));
    assert!(runs(&root, "try").await.is_empty());
});

// What a workflow did is told with its cause: the chain that began with what took the ticket in.
both_engines!(changes_carry_their_cause, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "one", workflow(vec![on(On::Created)], vec![category("x")])).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let told = events(&root, &ticket).await;
    let [made, changed] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(changed.r#type(), EventType::TicketUpdated);
    let cause = changed.cause_chain.as_ref().expect("a cause");
    assert_eq!((cause.root.as_str(), cause.depth), (made.name.as_str(), 1));
    assert!(format!("{:?}", changed.actor).contains("Workflow"), "{:?}", changed.actor);
});

// F-11: several who believe to hold the job go on with the same runs at once; each thing happens once.
both_engines!(whoever_comes_second_finds_it_done, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    live(&root, "one", workflow(vec![on(On::Created)], vec![category("x"), delay(60), category("y")])).await;
    let mut tickets = Vec::new();
    for number in 0..20 {
        tickets.push(made(&root, &format!("No {number}")).await.name);
    }
    let account = helpdesk::domain::ids::AccountId::stored(app::ACCOUNT);
    for _ in 0..2 {
        for _ in 0..3 {
            let service = &app.running().service;
            let again =
                (0..4).map(|_| helpdesk::service::workflows::run_due(service, &account, helpdesk::worker::backoff));
            for done in futures_util::future::join_all(again).await {
                done.expect("worked");
            }
        }
        app.advance(Duration::from_mins(1));
    }
    for ticket in &tickets {
        let told = events(&root, ticket).await;
        let changes = told.iter().filter(|event| event.r#type() == EventType::TicketUpdated).count();
        assert_eq!(changes, 2, "{ticket}");
    }
    assert!(runs(&root, "one").await.iter().all(|run| run.state() == State::Done && run.trace.len() == 3));
});
