//! Statuses, close times, and tickets that come back.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};

use crate::support::app::{self, App, status_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::message;

// C-014, C-064, C-065, C-070: closing sets the close time, opening clears it, closed to closed leaves it.
both_engines!(closing_sets_the_close_time_and_opening_clears_it, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("One")), ..Default::default() };
    let name = ada.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket").name;
    let close = v1::CloseTicketRequest { name: name.clone(), ..Default::default() };
    let closed =
        ada.tickets().close_ticket(close.clone()).await.expect("closed").into_inner().ticket.expect("a ticket");
    assert_eq!(closed.status, status_name("closed"));
    let first = closed.close_time.expect("a close time");
    app.advance(std::time::Duration::from_mins(5));
    let reopen = v1::ReopenTicketRequest { name: name.clone(), ..Default::default() };
    let open = ada.tickets().reopen_ticket(reopen).await.expect("opened").into_inner().ticket.expect("a ticket");
    assert_eq!((open.status, open.close_time), (status_name("new"), None));
    let again = ada.tickets().close_ticket(close).await.expect("closed").into_inner().ticket.expect("a ticket");
    assert!(again.close_time.expect("a close time").seconds > first.seconds);
});

// a status is one of the pipeline's.
both_engines!(a_status_that_does_not_exist_is_refused, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    let ticket = v1::Ticket { status: status_name("nowhere"), ..app::ticket("One") };
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    assert_refused(ada.tickets().create_ticket(request).await, ErrorReason::ReferenceNotFound);
});

// C-012, C-038, R-087: a new message on an open thread is appended; a ticket of a channel has its first open status.
both_engines!(a_chat_goes_on_in_its_thread, |db| async move {
    let app = App::start(db).await;
    app.channel("chat", ChannelType::Chat).await;
    let first = app.ingest(message("chat", "c1", "ann@example.com", "Hello?")).await;
    let second = app.ingest(message("chat", "c2", "ann@example.com", "Anybody?")).await;
    let (first, second) = (first.ticket.expect("a ticket"), second.ticket.expect("a ticket"));
    assert_eq!(first.name, second.name);
    assert_eq!(first.status, status_name("new"));
    assert!(!first.subject.is_empty());
});

// C-038: a message on a thread of a closed ticket opens it again.
both_engines!(a_message_on_a_closed_ticket_opens_it, |db| async move {
    let app = App::start(db).await;
    app.channel("chat", ChannelType::Chat).await;
    let ticket = app.ingest(message("chat", "c1", "ann@example.com", "Hello?")).await.ticket.expect("a ticket");
    app.close(&ticket.name).await;
    let again = app.ingest(message("chat", "c2", "ann@example.com", "Still broken")).await;
    assert!(again.ticket_reopened && !again.ticket_created);
    let open = again.ticket.expect("a ticket");
    assert_eq!((open.name, open.status, open.close_time), (ticket.name, status_name("new"), None));
});
