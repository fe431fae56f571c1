//! ListTickets: pages, orders, filters.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn make(client: &Client, count: usize) {
    for number in 0..count {
        let ticket = v1::Ticket { tags: vec![format!("t{}", number % 2)], ..app::ticket(&format!("Case {number}")) };
        let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
        client.tickets().create_ticket(request).await.expect("made");
    }
}

fn page(size: i32, token: &str, filter: &str) -> v1::ListTicketsRequest {
    v1::ListTicketsRequest {
        parent: app::account(),
        page_size: size,
        page_token: token.to_owned(),
        filter: filter.to_owned(),
        ..Default::default()
    }
}

async fn numbers(client: &Client, size: i32, filter: &str) -> Vec<i64> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let answer = client.tickets().list_tickets(page(size, &token, filter)).await.expect("a page").into_inner();
        found.extend(answer.tickets.iter().map(|ticket| ticket.number));
        token = answer.next_page_token;
        if token.is_empty() {
            return found;
        }
    }
}

// C-107: pages of any size show the same, each ticket once.
both_engines!(pages_of_any_size_show_each_ticket_once, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    make(&mia, 12).await;
    let whole = numbers(&mia, 0, "").await;
    assert_eq!(whole, (1..=12).rev().collect::<Vec<_>>(), "newest first");
    for size in [1, 5, 11, 12, 13, 500] {
        assert_eq!(numbers(&mia, size, "").await, whole, "pages of {size}");
    }
    assert_eq!(numbers(&mia, 2, "tags:t1").await, [12, 10, 8, 6, 4, 2]);
});

// C-106, C-107: a token is good for its own list only, and what is wrong with a filter is said with its place.
both_engines!(tokens_and_filters_that_are_wrong_are_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    make(&mia, 3).await;
    let first = mia.tickets().list_tickets(page(1, "", "")).await.expect("a page").into_inner();
    let token = first.next_page_token;
    assert_refused(mia.tickets().list_tickets(page(1, &token, "tags:t1")).await, ErrorReason::PageTokenInvalid);
    assert_refused(mia.tickets().list_tickets(page(1, "made-up", "")).await, ErrorReason::PageTokenInvalid);
    assert_refused(app.root().tickets().list_tickets(page(1, &token, "")).await, ErrorReason::PageTokenInvalid);
    assert_refused(mia.tickets().list_tickets(page(1, "", "nonsense = 1")).await, ErrorReason::FilterFieldUnknown);
    assert_refused(
        mia.tickets().list_tickets(page(1, "", "tags:a AND tags:b OR tags:c")).await,
        ErrorReason::FilterInvalid,
    );
    assert_refused(mia.tickets().list_tickets(page(-1, "", "")).await, ErrorReason::FieldInvalid);
    app.advance(std::time::Duration::from_hours(73));
    let mia = app.user("mia");
    assert_refused(mia.tickets().list_tickets(page(1, &token, "")).await, ErrorReason::PageTokenInvalid);
});
