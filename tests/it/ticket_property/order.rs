//! Tickets in the order of what a property of theirs says.

use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType as T, property_value::Kind};
use tonic::Status;

use super::{choice, choices, day, delete, made, saying, text, ticket};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// Seven tickets; the last two say nothing.
async fn scene(caller: &Client) {
    made(caller, "name", T::Text, &[]).await;
    made(caller, "amount", T::Number, &[]).await;
    made(caller, "vip", T::Boolean, &[]).await;
    made(caller, "due", T::Date, &[]).await;
    made(caller, "grade", T::SingleChoice, &["low", "high", "extreme"]).await;
    made(caller, "parts", T::MultipleChoice, &["lid", "cup"]).await;
    let long = |end: &str| text(&format!("{}{end}", "z".repeat(100)));
    let rows = [
        (text("Émile"), -0.5, false, "2026-11-20", "extreme"),
        (text("anna"), 9.5, true, "1999-01-01", "low"),
        (text("Zoë"), -10.0, true, "2030-12-31", "high"),
        (long("b"), 1e9, false, "2026-11-19", "high"),
        (long("a"), 10.0, true, "2026-11-21", "low"),
    ];
    for (name, amount, vip, due, grade) in rows {
        let said = saying(&[
            ("name", name),
            ("amount", Kind::Number(amount)),
            ("vip", Kind::Flag(vip)),
            ("due", day(due)),
            ("grade", choice(grade)),
            ("parts", choices(&["lid", "cup"])),
        ]);
        ticket(caller, said).await.expect("a ticket");
    }
    for subject in ["Six", "Seven"] {
        ticket(caller, app::ticket(subject)).await.expect("a ticket");
    }
}

/// All pages, two tickets at a time.
async fn list(caller: &Client, order_by: &str, filter: &str, view: &str) -> Result<Vec<i64>, Status> {
    let (mut numbers, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListTicketsRequest {
            parent: app::account(),
            order_by: order_by.to_owned(),
            filter: filter.to_owned(),
            view: view.to_owned(),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = caller.tickets().list_tickets(request).await?.into_inner();
        numbers.extend(page.tickets.into_iter().map(|ticket| ticket.number));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(numbers);
        }
    }
}

both_engines!(tickets_are_ordered_by_what_a_property_says, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    scene(&mia).await;
    let cases: [(&str, [i64; 7]); 5] = [
        ("properties.name", [6, 7, 2, 3, 4, 5, 1]),
        ("properties.amount", [6, 7, 3, 1, 2, 5, 4]),
        ("properties.vip", [6, 7, 1, 4, 2, 3, 5]),
        ("properties.due", [6, 7, 2, 4, 1, 5, 3]),
        ("properties.grade", [6, 7, 2, 5, 3, 4, 1]),
    ];
    for (order, up) in cases {
        assert_eq!(list(&mia, order, "", "").await.expect("pages"), up, "{order}");
        let down = format!("{order} desc");
        assert!(list(&mia, &down, "", "").await.expect("pages").iter().eq(up.iter().rev()), "{down}");
    }
    // A filter over few tickets reads just these, in the same order.
    let few = list(&mia, "properties.amount desc, number", "properties.vip = true", "").await;
    assert_eq!(few.expect("pages"), [5, 2, 3]);
    for wrong in ["properties.parts", "properties.no_such", "properties", "properties.amount, properties.due"] {
        assert_refused(list(&mia, wrong, "", "").await, ErrorReason::OrderByInvalid);
    }
});

both_engines!(a_view_keeps_such_an_order_and_the_property_that_it_asks_for, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    scene(&mia).await;
    made(&mia, "unused", T::Number, &[]).await;
    let create = |id: &str, order_by: &str| v1::CreateTicketViewRequest {
        parent: app::account(),
        ticket_view: Some(v1::TicketView {
            display_name: "By amount".to_owned(),
            filter: "state = OPEN".to_owned(),
            order_by: order_by.to_owned(),
            ..Default::default()
        }),
        ticket_view_id: id.to_owned(),
        ..Default::default()
    };
    let wrong = mia.ticket_views().create_ticket_view(create("wrong", "properties.parts desc")).await;
    assert_refused(wrong, ErrorReason::OrderByInvalid);
    mia.ticket_views().create_ticket_view(create("amount", "properties.amount desc")).await.expect("a view");
    let view = format!("{}/ticketViews/amount", app::account());
    assert_eq!(list(&mia, "", "", &view).await.expect("pages"), [4, 5, 2, 1, 3, 7, 6]);
    assert_eq!(list(&mia, "number", "", &view).await.expect("pages"), [1, 2, 3, 4, 5, 6, 7], "the caller's order wins");
    mia.ticket_views().create_ticket_view(create("unused", "properties.unused")).await.expect("a view");
    let status = assert_refused(delete(&mia, "unused").await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains("ticketViews/unused"), "{status:?}");
});
