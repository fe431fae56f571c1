//! ListTickets: pages, orders, filters.

use std::collections::BTreeSet;

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

// L-02: a page ends early where it would grow over its bytes, and the list goes on behind it.
both_engines!(a_page_of_large_tickets_ends_early_and_none_is_left_out, |db| async move {
    let app = App::start_set(db, &[("limits.list_response", "64KiB")]).await;
    let mia = app.agent("mia").await;
    for number in 0..12 {
        let ticket = v1::Ticket { description: "long ".repeat(4_000), ..app::ticket(&format!("Case {number}")) };
        let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
        mia.tickets().create_ticket(request).await.expect("a ticket");
    }
    let (mut numbers, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let found = mia.tickets().list_tickets(page(200, &token, "")).await.expect("a page").into_inner();
        assert!((1..=3).contains(&found.tickets.len()), "{}", found.tickets.len());
        numbers.extend(found.tickets.iter().map(|ticket| ticket.number));
        (token, pages) = (found.next_page_token, pages + 1);
        if token.is_empty() {
            break;
        }
    }
    numbers.sort_unstable();
    assert_eq!((numbers, pages), ((1..=12).collect(), 4));
});

// R-079, T5: the lists of a team follow each change of who has a ticket and whether it is open.
both_engines!(the_lists_of_a_team_follow_owner_and_state, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (red, blue) = (app.team("red", &["mia"]).await, app.team("blue", &["mia"]).await);
    make(&mia, 3).await;
    let name = |number: i64| format!("accounts/acme/tickets/{number}");
    let assign = async |number: i64, owner: &str, teams: &[&String]| {
        let teams = teams.iter().map(|team| (*team).clone()).collect();
        let request =
            v1::AssignTicketRequest { name: name(number), owner: owner.to_owned(), teams, ..Default::default() };
        mia.tickets().assign_ticket(request).await.expect("assigned");
    };
    let lists = async |team: &str| {
        let open = format!("state = OPEN AND team = {team}");
        let sorted = async |filter: &str| BTreeSet::from_iter(numbers(&mia, 0, filter).await);
        (sorted(&open).await, sorted(&format!("{open} AND NOT owner:*")).await)
    };
    for number in 1..=3 {
        assign(number, "", &[&red]).await;
    }
    assert_eq!(lists("red").await, ([1, 2, 3].into(), [1, 2, 3].into()));
    assign(2, &app::user_name("mia"), &[&red]).await;
    app.close(&name(3)).await;
    assert_eq!(lists("red").await, ([1, 2].into(), [1].into()));
    assign(1, "", &[&blue]).await;
    assert_eq!((lists("red").await, lists("blue").await), (([2].into(), [].into()), ([1].into(), [1].into())));
    let again = v1::ReopenTicketRequest { name: name(3), ..Default::default() };
    mia.tickets().reopen_ticket(again).await.expect("open again");
    assign(2, "", &[&red]).await;
    assert_eq!(lists("red").await, ([2, 3].into(), [2, 3].into()));
});
