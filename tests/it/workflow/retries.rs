//! Mails of workflows that nobody takes for a while.

use std::time::Duration;

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, DeliveryState, WorkflowTriggerKind as On, workflow_step::Kind};

use super::hands::{category, live, on, only_run, outcomes, work, workflow};
use crate::mail::desk::MailDesk;
use crate::pipeline::hands::send_email;
use crate::support::app::{person, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::smtp_sink::SmtpSink;
use crate::ticket::hands::messages;

// C-078: an email and a notification that a mail server turns down for now are tried three times more, with growing pauses,
// and arrive once each; the run does not wait for them, and what stands behind is done.
both_engines!(a_mail_of_a_workflow_is_tried_three_times_more_and_arrives_once, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_mail_of_a_workflow_is_tried_three_times_more") else { return };
    let settings = sink.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let desk = MailDesk::start_set(db, &settings).await;
    let app = &desk.app;
    let ben = v1::User {
        email: "after-3-ben@acme.example".to_owned(),
        seat: Seat::Service.into(),
        ..person("ben", AccessLevel::All)
    };
    app.add_user(ben, "ben").await;
    let notify = Kind::Notify(v1::NotifyStep { users: vec![user_name("ben")], ..Default::default() });
    let kinds = vec![send_email("ticket-received"), notify, category("seen")];
    live(&app.root(), "mail", workflow(vec![on(On::Created)], kinds)).await;
    let conversation = desk.begin("after-3-ann@x.example").await;
    work(app).await;
    assert_eq!(outcomes(&only_run(&app.root(), "mail").await), [("s1", "DONE"), ("s2", "DONE"), ("s3", "DONE")]);
    let email = messages(&app.root(), &conversation).await.expect("messages").pop().expect("the email").name;
    let minute = 60;
    let mut found = Vec::new();
    for wait in [0, minute - 1, 1, 15 * minute - 1, 1, 60 * minute - 1] {
        app.advance(Duration::from_secs(wait));
        work(app).await;
        let now = desk.message(&email).await;
        assert_eq!(now.delivery_state(), DeliveryState::Queued);
        found.push(now.delivery_tries);
    }
    assert_eq!(found, [1, 1, 2, 2, 3, 3], "after a minute, a quarter of an hour, an hour");
    app.advance(Duration::from_secs(1));
    work(app).await;
    let now = desk.message(&email).await;
    assert_eq!((now.delivery_state(), now.delivery_tries), (DeliveryState::Sent, 4));
    let mut taken = [sink.next().recipients, sink.next().recipients].concat();
    taken.sort();
    assert_eq!(taken, ["after-3-ann@x.example", "after-3-ben@acme.example"]);
    app.advance(Duration::from_hours(72));
    work(app).await;
    assert!(sink.more().is_empty(), "once each");
    assert_eq!(only_run(&app.root(), "mail").await.trace.len(), 3);
});
