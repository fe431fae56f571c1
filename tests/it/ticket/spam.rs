//! Spam, and no spam after all.

use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType, TicketState};

use super::hands::{app_with_channels, chat, events, get, give, numbers};
use crate::support::app::user_name;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;

async fn mark(caller: &Client, ticket: &str) -> Result<v1::Ticket, tonic::Status> {
    let request = v1::MarkTicketSpamRequest { name: ticket.to_owned(), ..Default::default() };
    Ok(caller.tickets().mark_ticket_spam(request).await?.into_inner().ticket.expect("a ticket"))
}

async fn unmark(caller: &Client, ticket: &str) -> v1::Ticket {
    let request = v1::UnmarkTicketSpamRequest { name: ticket.to_owned(), ..Default::default() };
    caller.tickets().unmark_ticket_spam(request).await.expect("unmarked").into_inner().ticket.expect("a ticket")
}

both_engines!(spam_is_closed_stays_closed_and_can_be_taken_back, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    app.agent("noah").await;
    let ticket = chat(&app, "ann", "1", "Win now").await.ticket.expect("a ticket");
    give(&mia, &ticket.name, "mia").await;
    let marked = mark(&mia, &ticket.name).await.expect("marked");
    assert_eq!((marked.state(), marked.spam_time), (TicketState::Closed, marked.close_time));
    assert!(marked.spam_time.is_some());
    assert_eq!(mark(&mia, &ticket.name).await.expect("marked still"), marked, "a second time changes nothing");
    assert_eq!(numbers(&mia, "spam = true", false).await, [ticket.number]);
    let more = chat(&app, "ann", "2", "Win more").await;
    assert!(!more.ticket_reopened && more.message.is_some(), "it is kept and opens nothing");
    app.route_to("mail", people(&["mia", "noah"], &[])).await;
    app.arrives("mail", "m1", "a@example.com").await;
    let both = numbers(&mia, "owner = mia AND state = OPEN", false).await.len();
    assert_eq!(both, 1, "spam is no work of its owner: Mia is as free as Noah, and first by id");
    let back = unmark(&mia, &ticket.name).await;
    assert_eq!((back.state(), back.spam_time, back.owner), (TicketState::Open, None, user_name("mia")));
    assert!(numbers(&mia, "spam = true", false).await.is_empty());
    let kinds: Vec<_> = events(&mia, &ticket.name).await.iter().map(v1::Event::r#type).collect();
    let expected = [EventType::TicketSpamChanged, EventType::TicketClosed, EventType::TicketReopened];
    assert!(expected.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
});

both_engines!(a_ticket_that_was_closed_before_stays_closed_without_the_mark, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    app.close(&ticket.name).await;
    let closed = get(&mia, &ticket.name).await.expect("closed");
    app.advance(std::time::Duration::from_secs(1));
    assert_eq!(mark(&mia, &ticket.name).await.expect("marked").close_time, closed.close_time);
    let back = unmark(&mia, &ticket.name).await;
    assert_eq!((back.state(), back.close_time), (TicketState::Closed, closed.close_time));
    let stale = v1::MarkTicketSpamRequest { name: ticket.name, etag: closed.etag, ..Default::default() };
    assert_refused(mia.tickets().mark_ticket_spam(stale).await, ErrorReason::EtagMismatch);
});
