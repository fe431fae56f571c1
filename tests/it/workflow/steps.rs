//! Steps that wait for a moment or for hours, go by values, and change what the account defined.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType, WorkflowTriggerKind as On, workflow_step::Kind};

use helpdesk::grpc::pb::v1::set_contact_step::Kind as Who;

use super::hands::{category, create, live, name, on, only_run, outcomes, runs, steps, turn_on, work, workflow};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket::hands::made;
use crate::ticket_property::{choice, made as property, name as property_name, saying, text, ticket};

fn set(id: &str, value: Option<v1::property_value::Kind>) -> Kind {
    let value = value.map(|kind| v1::PropertyValue { kind: Some(kind) });
    Kind::SetProperty(v1::SetPropertyStep { property: property_name(id), value })
}

fn by_value(field: &str, ways: &[(&str, &str)]) -> Kind {
    let arm = |(value, next): &(&str, &str)| v1::ValueArm { value: (*value).to_owned(), next_step: (*next).to_owned() };
    Kind::BranchByValue(v1::ValueBranchStep { field: field.to_owned(), arms: ways.iter().map(arm).collect() })
}

async fn properties_of(app: &App, ticket: &str) -> Vec<(String, String)> {
    let now = app.ticket_now(ticket).await;
    let told = |value: &v1::PropertyValue| match &value.kind {
        Some(v1::property_value::Kind::Text(text) | v1::property_value::Kind::Choice(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    now.properties.iter().map(|(id, value)| (id.clone(), told(value))).collect()
}

// conditions, branches and actions over what the account defined itself.
both_engines!(workflows_look_at_properties_and_set_them, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    property(&root, "color", PropertyType::SingleChoice, &["red", "blue"]).await;
    property(&root, "order", PropertyType::Text, &[]).await;
    let mut kinds = steps(vec![
        by_value("properties.color", &[("red", "s2"), ("blue", "s3")]),
        set("order", Some(text("Stop"))),
        set("color", None),
    ]);
    kinds[0].next_step.clear();
    kinds[1].next_step.clear();
    let new = v1::Workflow {
        condition: "properties:color".to_owned(),
        steps: kinds,
        ..workflow(vec![on(On::Created)], vec![category("x")])
    };
    live(&root, "colors", new).await;
    let red = ticket(&root, saying(&[("color", choice("red"))])).await.expect("made").name;
    let blue = ticket(&root, saying(&[("color", choice("blue"))])).await.expect("made").name;
    made(&root, "None").await;
    work(&app).await;
    let pair = |id: &str, value: &str| (id.to_owned(), value.to_owned());
    assert_eq!(properties_of(&app, &red).await, [pair("color", "red"), pair("order", "Stop")]);
    assert_eq!(properties_of(&app, &blue).await, []);
    let all = runs(&root, "colors").await;
    assert_eq!(all.len(), 2, "the third says no color");
    assert_eq!((outcomes(&all[1]), all[1].cause.as_str()), (vec![("s1", "ARM 1"), ("s2", "DONE")], "TICKET_CREATED"));
});

both_engines!(values_that_a_property_cannot_have_are_refused, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    property(&root, "color", PropertyType::SingleChoice, &["red"]).await;
    let refused = async |kinds: Vec<Kind>, reason| {
        assert_refused(create(&root, "bad", workflow(Vec::new(), kinds)).await, reason);
    };
    refused(vec![set("color", Some(choice("green")))], ErrorReason::FieldInvalid).await;
    refused(vec![set("color", Some(text("red")))], ErrorReason::FieldInvalid).await;
    refused(vec![set("shape", None)], ErrorReason::ReferenceNotFound).await;
    refused(vec![by_value("properties.color", &[("green", "")])], ErrorReason::FilterInvalid).await;
    refused(vec![by_value("weather", &[("sun", "")])], ErrorReason::FilterFieldUnknown).await;
});

// Complaint 30: no time-based or hours-based automation.
both_engines!(runs_wait_for_a_moment_and_for_business_hours, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let moment = app.now().plus(Duration::from_hours(5));
    let until = prost_types::Timestamp { seconds: moment.as_micros() / 1_000_000, nanos: 0 };
    // Open for one hour a day, which begins five and a half hours after the moment.
    let open = moment.plus(Duration::from_mins(330)).as_micros() / 60_000_000;
    let minute = i32::try_from(open.rem_euclid(1_440)).expect("a minute").min(1_380);
    let block = |day: i32| v1::WorkBlock { day, start_minute: minute, end_minute: minute + 60 };
    let hours = v1::OpeningHours { time_zone: "Etc/UTC".to_owned(), blocks: (1..=7).map(block).collect() };
    let kinds =
        vec![Kind::DelayUntil(until), category("moment"), Kind::DelayUntilOpen(hours.clone()), category("hours")];
    live(&root, "later", workflow(vec![on(On::Created)], kinds)).await;
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let category_now = async || app.ticket_now(&ticket).await.category;
    assert_eq!(category_now().await, "");
    app.advance(Duration::from_hours(5));
    work(&app).await;
    assert_eq!(category_now().await, "moment");
    app.advance(Duration::from_hours(24));
    work(&app).await;
    assert_eq!(category_now().await, "hours");
    let root = app.root();
    let told = only_run(&root, "later").await;
    assert_eq!(outcomes(&told), [("s1", "WAITING"), ("s2", "DONE"), ("s3", "WAITING"), ("s4", "DONE")]);
    let bad = v1::OpeningHours { time_zone: "Europe/Atlantis".to_owned(), ..hours };
    let refused = create(&root, "bad", workflow(Vec::new(), vec![Kind::DelayUntilOpen(bad)])).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
});

// a contact is found by an address, made where there is none, and becomes the ticket's or one more.
both_engines!(workflows_associate_contacts_and_make_them, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    property(&root, "reporter", PropertyType::Text, &[]).await;
    let ann = app.contact("ann@x.example", "", false).await;
    let step = |kind| Kind::SetContact(v1::SetContactStep { kind: Some(kind) });
    let from = step(Who::EmailProperty(property_name("reporter")));
    let kinds = vec![from, step(Who::Email("New@y.example".to_owned())), step(Who::Contact(ann.name.clone()))];
    live(&root, "who", workflow(vec![on(On::Created)], kinds)).await;
    let known = ticket(&root, saying(&[("reporter", text("Ann@X.example"))])).await.expect("made").name;
    let nobody = ticket(&root, saying(&[("reporter", text("nobody"))])).await.expect("made").name;
    work(&app).await;
    assert_eq!(app.ticket_now(&known).await.contact, ann.name);
    let now = app.ticket_now(&nobody).await;
    assert_ne!((now.contact.as_str(), now.contact.as_str()), ("", ann.name.as_str()), "made on the way");
    let all = runs(&root, "who").await;
    let told = |ticket: &str| outcomes(all.iter().find(|run| run.ticket == ticket).expect("a run"));
    assert_eq!(told(&known), [("s1", "DONE"), ("s2", "DONE"), ("s3", "SKIPPED")]);
    assert_eq!(told(&nobody), [("s1", "SKIPPED"), ("s2", "DONE"), ("s3", "DONE")]);
});

async fn templates(caller: &Client, query: &str) -> Vec<v1::WorkflowTemplate> {
    let request = v1::SearchWorkflowTemplatesRequest { parent: app::account(), query: query.to_owned() };
    let found = caller.workflows().search_workflow_templates(request).await.expect("found");
    found.into_inner().workflow_templates
}

// C-105: found by its name, made with its placeholders, not to be switched on before they are filled.
both_engines!(a_template_begins_with_placeholders_that_are_to_be_filled_in, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    let found = templates(&root, "reassign handoff").await;
    let [template] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(template.display_name, "Reassign Tickets for Customer Agent Handoff");
    assert!(templates(&root, "").await.len() > 1);
    let made_of = create(&root, "hand-off", template.workflow.clone().expect("a workflow")).await.expect("made");
    assert_eq!(made_of.from_template, template.template_id);
    let open = |step: &&v1::WorkflowStep| matches!(step.kind, Some(Kind::Placeholder(_)));
    assert!(made_of.steps.iter().filter(open).count() > 0);
    let refused = assert_refused(turn_on(&root, "hand-off").await, ErrorReason::WorkflowIncomplete);
    assert!(refused.message().contains("chat"), "{}", refused.message());
    let users = vec![app::user_name("mia")];
    let mut edited = v1::Workflow { name: name("hand-off"), etag: String::new(), ..made_of };
    for step in &mut edited.steps {
        if let Some(Kind::Placeholder(_)) = step.kind {
            step.kind = Some(Kind::RotateOwner(v1::RotateOwnerStep { users: users.clone(), ..Default::default() }));
        }
    }
    let update_mask = Some(crate::pipeline::hands::mask(&["steps"]));
    let request = v1::UpdateWorkflowRequest { workflow: Some(edited), update_mask, ..Default::default() };
    root.workflows().update_workflow(request).await.expect("filled in");
    turn_on(&root, "hand-off").await.expect("on");
    let ticket = made(&root, "One").await.name;
    let run = super::hands::enroll(&root, "hand-off", &ticket).await.expect("in");
    assert_eq!(run.cause, "BY_HAND");
    work(&app).await;
    assert_eq!(app.ticket_now(&ticket).await.owner, app::user_name("mia"));
    let unknown = v1::Workflow { from_template: "none".to_owned(), ..workflow(Vec::new(), vec![category("x")]) };
    assert_refused(create(&root, "unknown", unknown).await, ErrorReason::FieldInvalid);
});

// by the original channel to other people, made from the template or from scratch.
both_engines!(the_template_gives_tickets_to_people_by_their_channel, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for id in ["mia", "ben", "eva"] {
        app.agent(id).await;
    }
    let template = templates(&root, "reassign handoff").await.remove(0).workflow.expect("a workflow");
    let rotate = |id: &str| {
        let users = vec![app::user_name(id)];
        Some(Kind::RotateOwner(v1::RotateOwnerStep { users, ..Default::default() }))
    };
    let mut filled = v1::Workflow { ..template };
    for step in &mut filled.steps {
        match step.step_id.as_str() {
            "channel" => {}
            "chat" => step.kind = rotate("mia"),
            "mail" => step.kind = rotate("ben"),
            _ => step.kind = rotate("eva"),
        }
    }
    let scratch = v1::Workflow { from_template: String::new(), ..filled.clone() };
    live(&root, "template", filled).await;
    live(&root, "scratch", scratch).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    app.channel("form", v1::ChannelType::Form).await;
    for workflow in ["template", "scratch"] {
        let chat = crate::ticket::hands::chat(&app, workflow, workflow, "Hello").await.ticket.expect("a ticket").name;
        let form = app.arrives("form", workflow, "ann@x.example").await.name;
        let hand = made(&root, "By hand").await.name;
        for (ticket, owner) in [(chat, "mia"), (form, "ben"), (hand, "eva")] {
            super::hands::enroll(&root, workflow, &ticket).await.expect("in");
            work(&app).await;
            assert_eq!(app.ticket_now(&ticket).await.owner, app::user_name(owner), "{workflow}");
        }
    }
});
