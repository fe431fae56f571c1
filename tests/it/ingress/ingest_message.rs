//! IngestMessage: what one message brings about.

use std::time::Duration;

use futures_util::future::join_all;
use helpdesk::domain::channel::Target;
use helpdesk::domain::ids::UserId;
use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};

use super::bench::{Bench, by, ingest_at, reason, says};
use crate::support::databases::{TestDatabase, both_engines};

fn ann() -> Point {
    Point::Phone("+4915112345678".to_owned())
}

// Complaint 18 of comparable systems; T-21, C1.
both_engines!(two_first_messages_at_once_made_two_conversations, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let second = bench.second_replica().await;
    let (one, two) = tokio::join!(
        bench.try_ingest("whatsapp", says("wa-1", ann(), "hello")),
        ingest_at(&second, bench.adapter(), "whatsapp", says("wa-2", ann(), "are you there?")),
    );
    let (one, two) = (one.expect("taken in"), two.expect("taken in"));
    let ticket = |answer: &v1::IngestMessageResponse| answer.ticket.clone().expect("a ticket").name;
    assert_eq!(ticket(&one), ticket(&two));
    assert!(one.ticket_created != two.ticket_created, "exactly one of them made the ticket");
    assert_eq!(bench.count("conversation").await, 1);
    assert_eq!(bench.count("message").await, 2);
    assert_eq!(bench.count("contact").await, 1);
});

// Complaint 19 of comparable systems; T-20.
both_engines!(a_message_delivered_many_times_was_stored_many_times, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let second = bench.second_replica().await;
    let here = (0..10).map(|_| ingest_at(&bench.front, bench.adapter(), "api", says("x-1", ann(), "once")));
    let there = (0..10).map(|_| ingest_at(&second, bench.adapter(), "api", says("x-1", ann(), "once")));
    let (here, there) = tokio::join!(join_all(here), join_all(there));
    let answers: Vec<_> = here.into_iter().chain(there).map(|answer| answer.expect("taken in")).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.duplicate).count(), 1);
    let name = answers[0].message.clone().expect("a message").name;
    for answer in &answers {
        assert_eq!(answer.message.as_ref().expect("a message").name, name);
        assert_eq!(answer.ticket.as_ref().expect("a ticket").number, 1);
        assert!(answer.contact.is_some());
    }
    for table in ["message", "conversation", "ticket", "contact", "thread", "routing_decision"] {
        assert_eq!(bench.count(table).await, 1, "{table}");
    }
});

// C-011, C-012: on by default, for every kind of channel; nobody's at first.
both_engines!(
    every_kind_of_channel_makes_an_unassigned_ticket_in_the_first_open_status,
    |db: TestDatabase| async move {
        let bench = Bench::start(db).await;
        for (number, channel) in (1..).zip(["mail", "form", "chat", "whatsapp", "call", "api"]) {
            let message = v1::InboundMessage { subject: "  The\nprinter ".to_owned(), ..says("1", ann(), "smokes") };
            let answer = bench.ingest(channel, message).await;
            let ticket = answer.ticket.expect("a ticket");
            assert!(answer.ticket_created && !answer.duplicate, "{channel}");
            assert_eq!((ticket.number, ticket.subject.as_str(), ticket.owner.as_str()), (number, "The printer", ""));
            assert_eq!(ticket.status, "accounts/acme/pipelines/support/statuses/new");
            assert_eq!(ticket.channel, format!("accounts/acme/channels/{channel}"));
            assert!(!ticket.manual);
            assert_eq!(ticket.conversations.len(), 1);
            let decision = answer.routing_decision.expect("a decision");
            assert_eq!(decision.unassigned_reason(), v1::UnassignedReason::Off);
        }
    }
);

// C-012: never empty, whatever the sender leaves out.
both_engines!(a_ticket_is_named_after_subject_form_or_sender, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let nobody = || v1::InboundMessage { sender: Some(v1::InboundSender::default()), ..says("", ann(), "hi") };
    let cases = [
        ("form", v1::InboundMessage { external_id: "1".into(), ..says("", ann(), "a") }, "Our form"),
        ("form", v1::InboundMessage { form_name: "Returns".into(), ..says("2", ann(), "b") }, "Returns"),
        (
            "form",
            v1::InboundMessage { form_name: "Returns".into(), subject: "Box".into(), ..says("3", ann(), "c") },
            "Box",
        ),
        ("chat", says("4", ann(), "d"), "Conversation with +4915112345678"),
        ("chat", v1::InboundMessage { external_id: "5".into(), ..nobody() }, "Conversation with a visitor"),
    ];
    for (channel, message, name) in cases {
        assert_eq!(bench.ingest(channel, message).await.ticket.expect("a ticket").subject, name);
    }
});

// R-087, C-037: routed once, when the channel makes the ticket.
both_engines!(a_new_ticket_is_routed_and_a_further_message_is_not, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let mia = Target::People { users: vec![UserId::stored("mia")], teams: Vec::new() };
    bench.change_channel("chat", |channel| channel.routing.target = mia).await;
    let first = bench.ingest("chat", says("1", ann(), "hello")).await;
    let ticket = first.ticket.expect("a ticket");
    assert_eq!(ticket.owner, "accounts/acme/users/mia");
    assert_eq!(first.routing_decision.expect("a decision").user, "accounts/acme/users/mia");
    let more = bench.ingest("chat", says("2", ann(), "hello?")).await;
    assert!(!more.ticket_created && more.routing_decision.is_none());
    assert_eq!(bench.count("routing_decision").await, 1);
    assert_eq!(more.ticket.expect("the same").number, ticket.number);
});

// while switched off, a message makes no ticket. It is kept all the same.
both_engines!(a_channel_that_makes_no_tickets_keeps_the_conversation, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    bench.change_channel("chat", |channel| channel.creates_tickets = false).await;
    let answer = bench.ingest("chat", says("1", ann(), "hello")).await;
    assert!(answer.ticket.is_none() && answer.routing_decision.is_none());
    assert_eq!(
        (bench.count("ticket").await, bench.count("conversation").await, bench.count("message").await),
        (0, 1, 1)
    );
});

both_engines!(a_disabled_or_unknown_channel_takes_nothing_in, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    bench.change_channel("chat", |channel| channel.enabled = false).await;
    let refused = bench.try_ingest("chat", says("1", ann(), "hello")).await.expect_err("disabled");
    assert_eq!(reason(&refused), "CHANNEL_DISABLED");
    let refused = bench.try_ingest("nowhere", says("1", ann(), "hello")).await.expect_err("unknown");
    assert_eq!(reason(&refused), "RESOURCE_NOT_FOUND");
    assert_eq!(bench.count("message").await, 0);
});

// C-038, C-069: appended, opened again in the first open status, one event of it.
both_engines!(a_message_on_a_closed_ticket_opens_it_again, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let mia = Target::People { users: vec![UserId::stored("mia")], teams: Vec::new() };
    bench.change_channel("chat", |channel| channel.routing.target = mia).await;
    bench.ingest("chat", says("1", ann(), "hello")).await;
    bench.close(1).await;
    bench.clock.advance(Duration::from_mins(1));
    let answer = bench.ingest("chat", says("2", ann(), "still broken")).await;
    let ticket = answer.ticket.expect("the ticket");
    assert!(answer.ticket_reopened && !answer.ticket_created);
    assert_eq!((ticket.number, ticket.state()), (1, v1::TicketState::Open));
    assert_eq!(ticket.status, "accounts/acme/pipelines/support/statuses/new");
    assert_eq!(ticket.owner, "accounts/acme/users/mia", "reopening does not route again (C-037)");
    assert!(ticket.close_time.is_none());
    let reopened = "event WHERE kind IN ('ticket.reopened', 'ticket.status_changed')";
    assert_eq!(bench.count(reopened).await, 1);
    let effects = answer.mutation.expect("a mutation").effects;
    assert!(effects.iter().any(|effect| effect.kind() == v1::EffectKind::StatusChanged));
});

// C1: a submission is a thread of its own; a call is found by its key; a chat key keeps strands apart.
both_engines!(threads_follow_the_kind_of_the_channel, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let keyed = |id: &str, key: &str| v1::InboundMessage { external_thread_key: key.into(), ..says(id, ann(), "hi") };
    let cases = [
        ("form", "", "", false),
        ("form", "k", "k", false),
        ("call", "", "", false),
        ("call", "c1", "c1", true),
        ("call", "c1", "c2", false),
        ("chat", "k1", "k1", true),
        ("chat", "k1", "k2", false),
        ("whatsapp", "", "", true),
        ("mail", "k", "k", false),
    ];
    for (index, (channel, first, then, same)) in cases.into_iter().enumerate() {
        let unique = |key: &str| if key.is_empty() { String::new() } else { format!("{index}-{key}") };
        let one = bench.ingest(channel, keyed(&format!("{index}-1"), &unique(first))).await;
        let two = bench.ingest(channel, keyed(&format!("{index}-2"), &unique(then))).await;
        let place = |answer: v1::IngestMessageResponse| answer.message.expect("a message").thread;
        assert_eq!(place(one) == place(two), same, "{channel} {first:?} {then:?}");
    }
});

both_engines!(trying_a_message_stores_nothing_and_gives_no_ids, |db: TestDatabase| async move {
    use v1::ingress_service_server::IngressService;
    let bench = Bench::start(db).await;
    let asked = v1::IngestMessageRequest {
        channel: "accounts/acme/channels/chat".into(),
        message: Some(says("1", ann(), "hello")),
        validate_only: true,
        ..Default::default()
    };
    let answer = bench.front.ingest_message(by(bench.adapter(), asked)).await.expect("it would be").into_inner();
    assert!(answer.ticket_created && answer.contact_created);
    assert_eq!(answer.message.expect("a message").name, "");
    let ticket = answer.ticket.expect("a ticket");
    assert_eq!((ticket.name.as_str(), ticket.number, ticket.contact.as_str()), ("", 0, ""));
    assert_eq!(answer.contact.expect("a contact").name, "");
    for table in ["message", "conversation", "ticket", "contact", "event"] {
        assert_eq!(bench.count(table).await, 0, "{table}");
    }
});

both_engines!(a_message_without_id_sender_or_content_is_refused, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let good = || says("1", ann(), "hello");
    let cases = [
        ("message.external_id", v1::InboundMessage { external_id: String::new(), ..good() }),
        ("message.sender", v1::InboundMessage { sender: None, ..good() }),
        ("message.body", v1::InboundMessage { body: None, ..good() }),
        ("message.body", says("1", ann(), " \n ")),
        (
            "message.raw_mail",
            v1::InboundMessage { raw_mail: b"From: a@x.example\n\nhi".to_vec(), sender: None, ..Default::default() },
        ),
    ];
    for (field, message) in cases {
        use tonic_types::StatusExt;
        let refused = bench.try_ingest("chat", message).await.expect_err(field);
        let details = refused.get_error_details();
        let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
        assert_eq!((reason(&refused).as_str(), fields[0].field.as_str()), ("FIELD_INVALID", field));
    }
});

// The answers of a form stand in for a text; scripts never get in (T-35).
both_engines!(form_answers_become_text_and_html_is_cleaned, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let form_values = [("Size", "XL"), ("Color", "red")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let form = v1::InboundMessage { body: None, form_values, ..says("1", ann(), "") };
    let body = bench.ingest("form", form).await.message.expect("a message").body.expect("a body");
    assert_eq!(body.text, "Color: red\nSize: XL");
    let html = "<p onclick=\"x()\">Hi <b>there</b><script>alert(1)</script></p>".to_owned();
    let rich = v1::InboundMessage { body: Some(v1::RichText { text: String::new(), html }), ..says("2", ann(), "") };
    let body = bench.ingest("chat", rich).await.message.expect("a message").body.expect("a body");
    assert_eq!((body.text.as_str(), body.html.as_str()), ("Hi there", "<p>Hi <b>there</b></p>"));
});
