//! Operations of one batch see each other (W1): also where the one before leads to rows that nobody had asked for.

use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};

use crate::support::app::{self, ACCOUNT, App, channel_name};
use crate::support::databases::both_engines;
use crate::support::gate::Gate;

/// A chat message with a browser's cookie.
fn chat(external_id: &str, sender: &str, cookie: &str) -> v1::IngestMessageRequest {
    let point = (!sender.is_empty()).then(|| Point::Email(sender.to_owned()));
    let sender = v1::InboundSender { point, cookie: cookie.to_owned(), ..Default::default() };
    let message = v1::InboundMessage {
        external_id: external_id.to_owned(),
        sender: Some(sender),
        body: Some(v1::RichText { text: "hello".to_owned(), html: String::new() }),
        ..Default::default()
    };
    v1::IngestMessageRequest { channel: channel_name("chat"), message: Some(message), ..Default::default() }
}

fn identify(cookie: &str, contact: &v1::Contact) -> v1::IdentifyVisitorRequest {
    v1::IdentifyVisitorRequest {
        parent: app::account(),
        cookie: cookie.to_owned(),
        contact: contact.name.clone(),
        ..Default::default()
    }
}

async fn contact(app: &App, name: &str) -> v1::Contact {
    let request = v1::GetContactRequest { name: name.to_owned() };
    app.root().contacts().get_contact(request).await.expect("a contact").into_inner().contact.expect("a contact")
}

// the cookie that the message ties to its sender moves on to somebody else in the same batch.
both_engines!(a_cookie_is_tied_and_moved_in_one_batch, |db| async move {
    let app = App::start(db).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let (ann, bob) = (app.contact("ann@x.example", "", false).await, app.contact("bob@x.example", "", false).await);
    let lanes = &app.running().service.lanes;
    let gate = Gate::close(lanes, ACCOUNT).await;
    let (machine, root) = (app.machine(), app.root());
    let first = tokio::spawn(async move {
        machine.ingress().ingest_message(chat("1", "ann@x.example", "a browser's cookie")).await
    });
    let gate = after(&app, gate, 1).await;
    let (moves, ()) = tokio::join!(
        async { root.contacts().identify_visitor(identify("a browser's cookie", &bob)).await },
        gate.open_for(lanes, 2),
    );
    first.await.expect("no panic").expect("taken");
    assert!(moves.expect("identified").into_inner().linked);
    assert!(!contact(&app, &ann.name).await.tracked, "the cookie was the only one");
    assert!(contact(&app, &bob.name).await.tracked);
});

// The visitor turns out to be a contact with an open chat: the message belongs there.
both_engines!(a_visitor_who_is_identified_in_the_same_batch_continues_the_open_chat, |db| async move {
    let app = App::start(db).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let ann = app.contact("ann@x.example", "", false).await;
    let begun = app.ingest(chat("1", "ann@x.example", "")).await.ticket.expect("a ticket");
    let lanes = &app.running().service.lanes;
    let gate = Gate::close(lanes, ACCOUNT).await;
    let (machine, root) = (app.machine(), app.root());
    let identified =
        tokio::spawn(async move { root.contacts().identify_visitor(identify("a browser's cookie", &ann)).await });
    let gate = after(&app, gate, 1).await;
    let (next, ()) = tokio::join!(
        async { machine.ingress().ingest_message(chat("2", "", "a browser's cookie")).await },
        gate.open_for(lanes, 2),
    );
    identified.await.expect("no panic").expect("identified");
    let next = next.expect("taken").into_inner();
    assert_eq!(next.ticket.map(|ticket| ticket.name), Some(begun.name));
    assert!(!next.ticket_created);
});

/// Waits until `count` operations wait behind the gate, which stays closed.
async fn after(app: &App, gate: Gate, count: usize) -> Gate {
    let lanes = &app.running().service.lanes;
    let wait = async {
        while lanes.waiting() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("they come");
    gate
}
