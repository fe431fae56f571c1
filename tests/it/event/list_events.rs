//! ListEvents and GetEvent.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::stream::{Watcher, after, bare, make_ticket, oldest, sequences, token_of, whole_log};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request() -> v1::ListEventsRequest {
    v1::ListEventsRequest { parent: app::account(), ..v1::ListEventsRequest::default() }
}

both_engines!(the_list_and_the_stream_show_the_same_log, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for number in 0..12 {
        make_ticket(&mia, &format!("Ticket {number}")).await;
    }
    let log = whole_log(&mia).await;
    let (seen, _) = Watcher::open(&mia, oldest()).await.expect("a stream").until_caught_up().await;
    assert_eq!(bare(&log), bare(&seen));
    let one = v1::GetEventRequest { name: log[3].name.clone() };
    let found = mia.events().get_event(one).await.expect("an event").into_inner().event.expect("an event");
    assert_eq!(bare(&[found]), bare(&log[3..4]));
});

both_engines!(a_caller_that_polls_goes_on_from_the_token_of_its_last_page, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let first = make_ticket(&mia, "One").await;
    let from = v1::ListEventsRequest { resume_token: token_of(&first), ..request() };
    let page = mia.events().list_events(from).await.expect("a page").into_inner();
    assert!(page.events.is_empty() && page.next_page_token.is_empty());
    make_ticket(&mia, "Two").await;
    let on = v1::ListEventsRequest { resume_token: page.resume_token, ..request() };
    let page = mia.events().list_events(on).await.expect("a page").into_inner();
    assert_eq!(page.events.iter().filter(|e| e.r#type() == v1::EventType::TicketCreated).count(), 1);
    let stream = Watcher::open(&mia, after(&page.resume_token)).await.expect("a stream").until_caught_up().await;
    assert_eq!(sequences(&stream.0), [] as [i64; 0]);
});

both_engines!(a_page_token_goes_on_only_in_its_own_list, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    make_ticket(&mia, "One").await;
    let first = v1::ListEventsRequest { page_size: 1, ..request() };
    let page_token = mia.events().list_events(first).await.expect("a page").into_inner().next_page_token;
    assert!(!page_token.is_empty());
    let types = vec![v1::EventType::TicketCreated.into()];
    let event_filter = Some(v1::EventFilter { types, filter: String::new() });
    let other = v1::ListEventsRequest { page_token, event_filter, ..request() };
    assert_refused(mia.events().list_events(other).await, ErrorReason::PageTokenInvalid);
});

// C-004: an event out of reach does not exist.
both_engines!(an_event_of_a_ticket_out_of_reach_is_not_found, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let ticket = make_ticket(&mia, "Theirs").await.ticket.expect("a ticket").name;
    let hidden = whole_log(&mia).await.into_iter().find(|event| event.ticket == ticket).expect("an event");
    assert!(whole_log(&cole).await.iter().all(|event| event.ticket != ticket));
    let name = hidden.name;
    assert_refused(cole.events().get_event(v1::GetEventRequest { name }).await, ErrorReason::ResourceNotFound);
});
