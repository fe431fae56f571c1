//! Replies that are not taken: tried again, given up, and said so.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, DeliveryState};

use super::desk::MailDesk;
use crate::support::app::{account, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::smtp_sink::SmtpSink;

async fn with_sink(db: TestDatabase, sink: &SmtpSink) -> MailDesk {
    let settings = sink.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    MailDesk::start_set(db, &settings).await
}

async fn later(desk: &MailDesk, wait: Duration) {
    desk.app.advance(wait);
    desk.work().await;
}

// C-026, C-078: a refusal for good fails at once, one for now after four tries with growing pauses. The message is kept with
// the reason, the assignment stays.
both_engines!(a_reply_that_is_not_taken_fails_and_says_why, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_reply_that_is_not_taken_fails") else { return };
    let desk = with_sink(db, &sink).await;
    let refused = desk.reply(&desk.begin("refuse-550@x.example").await, "Hello").await;
    let greylisted = desk.begin("later-451@x.example").await;
    let waits = desk.reply(&greylisted, "Hello").await;
    desk.work().await;
    let failed = desk.message(&refused.name).await;
    assert_eq!((failed.delivery_state(), failed.delivery_tries), (DeliveryState::Failed, 1));
    assert!(failed.delivery_error.contains("no such user here"), "{}", failed.delivery_error);
    assert_eq!(failed.body, refused.body, "it is kept");

    for (tries, wait) in [(1, 0), (1, 59), (2, 2), (2, 14 * 60), (3, 2 * 60), (3, 59 * 60), (4, 2 * 60)] {
        later(&desk, Duration::from_secs(wait)).await;
        let message = desk.message(&waits.name).await;
        assert_eq!(message.delivery_tries, tries, "after {wait} s more");
        assert!(message.delivery_error.contains("come back later"), "{}", message.delivery_error);
        let state = if tries < 4 { DeliveryState::Queued } else { DeliveryState::Failed };
        assert_eq!(message.delivery_state(), state);
    }
    later(&desk, Duration::from_hours(24)).await;
    assert_eq!(desk.message(&waits.name).await.delivery_tries, 4, "it is over");
    assert!(sink.more().is_empty());

    let request = v1::ListTicketsRequest { parent: account(), ..Default::default() };
    let tickets = desk.app.root().tickets().list_tickets(request).await.expect("a page").into_inner().tickets;
    assert!(tickets.iter().all(|ticket| ticket.owner == user_name("mia")), "{tickets:?}");
    let request = v1::ListEventsRequest {
        parent: account(),
        event_filter: Some(v1::EventFilter {
            types: vec![v1::EventType::MessageDeliveryChanged.into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let events = desk.app.root().events().list_events(request).await.expect("a page").into_inner().events;
    let told: Vec<_> = events.iter().map(|event| (event.resource.as_str(), event.fields[0].after.as_str())).collect();
    assert_eq!(told, [(refused.name.as_str(), "FAILED"), (waits.name.as_str(), "FAILED")]);
});

// F-11: an answer that got lost makes the same mail come again, by its Message-ID; then it is done.
both_engines!(a_reply_whose_answer_got_lost_comes_again_as_the_same_mail, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_reply_whose_answer_got_lost") else { return };
    let desk = with_sink(db, &sink).await;
    let sent = desk.reply(&desk.begin("drop@x.example").await, "Hello").await;
    desk.work().await;
    let first = sink.next().mail().mail;
    assert_eq!(desk.state(&sent.name).await, DeliveryState::Queued);
    later(&desk, Duration::from_mins(1)).await;
    let second = sink.next().mail().mail;
    assert_eq!(first, second);
    assert_eq!(first.message_id.as_deref(), Some(sent.mail_id.as_str()));
    assert_eq!(desk.state(&sent.name).await, DeliveryState::Sent);
});

// A mail server that is away says nothing about a mail: the tries do not count, until the mail has waited too long.
both_engines!(a_reply_outlasts_a_mail_server_that_is_away, |db: TestDatabase| async move {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("bound").port().to_string()
    };
    let set = [
        ("mail.smtp.host", "127.0.0.1"),
        ("mail.smtp.port", port.as_str()),
        ("mail.smtp.tls", "none"),
        ("mail.give_up", "1d"),
    ];
    let desk = MailDesk::start_set(db, &set).await;
    let reply = desk.reply(&desk.begin("ann@x.example").await, "Hello").await;
    desk.work().await;
    for _ in 0..10 {
        later(&desk, Duration::from_mins(30)).await;
    }
    let message = desk.message(&reply.name).await;
    assert_eq!(message.delivery_state(), DeliveryState::Queued);
    assert!(message.delivery_tries > 3 && message.delivery_error.contains("onnection"), "{message:?}");
    later(&desk, Duration::from_hours(24)).await;
    assert_eq!(desk.state(&reply.name).await, DeliveryState::Failed);
});
