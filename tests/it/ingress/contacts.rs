//! Who wrote: contacts, visitors, cookies.

use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};

use super::bench::{Bench, reason, says};
use crate::support::databases::{TestDatabase, both_engines};

const COOKIE: &str = "a-cookie-of-32-letters-and-digits";

fn from(id: &str, sender: v1::InboundSender) -> v1::InboundMessage {
    v1::InboundMessage { sender: Some(sender), ..says(id, Point::Handle("x".into()), "hello") }
}

fn email(address: &str) -> Point {
    Point::Email(address.to_owned())
}

both_engines!(one_address_is_one_contact_whatever_its_case, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let sender = |address: &str| v1::InboundSender {
        display_name: "Ann".into(),
        point: Some(email(address)),
        ..Default::default()
    };
    let first = bench.ingest("api", from("1", sender("Ann@X.example"))).await;
    let contact = first.contact.expect("a contact");
    assert!(first.contact_created && !contact.tracked);
    assert_eq!((contact.display_name.as_str(), contact.emails), ("Ann", vec!["ann@x.example".to_owned()]));
    let second = bench.ingest("chat", from("1", sender("ANN@x.EXAMPLE"))).await;
    assert_eq!(second.contact.expect("a contact").name, contact.name);
    assert!(!second.contact_created && second.ticket_created, "another channel is another thread");
});

// a conversation can start with an unknown visitor.
both_engines!(a_sender_without_address_is_a_visitor, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let sender = v1::InboundSender { display_name: "Someone".into(), ..Default::default() };
    let answer = bench.ingest("chat", from("1", sender)).await;
    assert!(answer.contact.is_none() && answer.ticket_created);
    assert_eq!(answer.ticket.expect("a ticket").subject, "Conversation with Someone");
    assert_eq!(bench.count("conversation WHERE visitor = 'Someone'").await, 1);
});

// a cookie ties the browser to the contact; the visitor's thread goes on as the contact's.
both_engines!(
    a_visitor_who_says_an_address_becomes_a_tracked_contact_in_the_same_thread,
    |db: TestDatabase| async move {
        let bench = Bench::start(db).await;
        let with_cookie = |point| v1::InboundSender { cookie: COOKIE.into(), point, ..Default::default() };
        let first = bench.ingest("chat", from("1", with_cookie(None))).await;
        assert!(first.contact.is_none());
        let second = bench.ingest("chat", from("2", with_cookie(Some(email("ann@x.example"))))).await;
        let contact = second.contact.expect("a contact");
        assert!(contact.tracked && second.contact_created && !second.ticket_created);
        let ticket = second.ticket.expect("the ticket");
        assert_eq!((ticket.number, &ticket.contact), (1, &contact.name));
        let third = bench.ingest("chat", from("3", with_cookie(None))).await;
        assert_eq!(third.contact.expect("found by cookie").name, contact.name);
        assert_eq!(third.ticket.expect("the ticket").number, 1);
        assert_eq!(bench.count("conversation WHERE visitor <> ''").await, 0);
        assert_eq!(bench.count("event WHERE kind = 'visitor.identified'").await, 1);
    }
);

both_engines!(a_named_contact_must_be_there_and_then_counts_before_the_address, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let named = |contact: &str, point| v1::InboundSender { contact: contact.into(), point, ..Default::default() };
    let made =
        bench.ingest("api", from("1", named("", Some(email("ann@x.example"))))).await.contact.expect("a contact");
    let again = bench.ingest("api", from("2", named(&made.name, Some(email("other@x.example"))))).await;
    assert_eq!(again.contact.expect("named").name, made.name);
    assert_eq!(bench.count("contact").await, 1);
    for absent in [
        "accounts/acme/contacts/01890a5d-ac96-774b-bcce-b302099a8057",
        "accounts/other/contacts/01890a5d-ac96-774b-bcce-b302099a8057",
    ] {
        let refused = bench.try_ingest("api", from("3", named(absent, None))).await.expect_err("absent");
        assert_eq!(reason(&refused), "REFERENCE_NOT_FOUND");
    }
});
