//! Tickets found by what their properties say: lists, counts of views, searches.

use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType as T, property_value::Kind};

use super::{change, choice, choices, day, delete, made, saying, text, ticket};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn scene(caller: &Client) {
    made(caller, "order_id", T::Text, &[]).await;
    made(caller, "amount", T::Number, &[]).await;
    made(caller, "vip", T::Boolean, &[]).await;
    made(caller, "due", T::Date, &[]).await;
    made(caller, "color", T::SingleChoice, &["red", "dark-red", "blue"]).await;
    made(caller, "parts", T::MultipleChoice, &["lid", "cup", "lamp"]).await;
    let tickets = [
        saying(&[
            ("order_id", text("Größe A-1\nsecond line")),
            ("amount", Kind::Number(9.5)),
            ("due", day("2026-11-20")),
        ]),
        saying(&[("order_id", text("a-2")), ("amount", Kind::Number(-10.0)), ("vip", Kind::Flag(true))]),
        saying(&[("color", choice("red")), ("parts", choices(&["lid", "cup"])), ("vip", Kind::Flag(false))]),
        saying(&[("color", choice("dark-red")), ("parts", choices(&["cup"])), ("due", day("2026-11-22"))]),
        app::ticket("Five"),
    ];
    for one in tickets {
        ticket(caller, one).await.expect("a ticket");
    }
}

async fn list(caller: &Client, filter: &str) -> Result<Vec<i64>, tonic::Status> {
    let request = v1::ListTicketsRequest {
        parent: app::account(),
        filter: filter.to_owned(),
        order_by: "number".to_owned(),
        ..Default::default()
    };
    let page = caller.tickets().list_tickets(request).await?.into_inner();
    Ok(page.tickets.into_iter().map(|ticket| ticket.number).collect())
}

both_engines!(tickets_are_found_by_what_their_properties_say, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    scene(&mia).await;
    let cases: [(&str, &[i64]); 23] = [
        ("properties.order_id:\"GRÖSSE a\"", &[1]),
        ("properties.order_id = A-2", &[2]),
        ("properties.order_id:second", &[1]),
        ("properties.order_id = a*", &[2]),
        ("properties.order_id:*", &[1, 2]),
        ("NOT properties.order_id:*", &[3, 4, 5]),
        ("properties:order_id", &[1, 2]),
        ("properties:*", &[1, 2, 3, 4]),
        ("properties.amount > -11 AND properties.amount < 9.6", &[1, 2]),
        ("properties.amount <= -10", &[2]),
        ("properties.amount = 9.50", &[1]),
        ("properties.amount != 9.5", &[2, 3, 4, 5]),
        ("properties.vip = true", &[2]),
        ("properties.vip = false", &[3]),
        ("properties.vip != true", &[1, 3, 4, 5]),
        ("properties.due < now()", &[1]),
        ("properties.due >= 2026-11-20", &[1, 4]),
        ("properties.due > ago(1d)", &[4]),
        ("properties.color = red", &[3]),
        ("properties.color = *red", &[3, 4]),
        ("properties.parts = cup AND properties.color = dark-red", &[4]),
        ("properties.parts:lid OR properties.order_id = a-2", &[2, 3]),
        ("NOT (properties.parts:cup OR properties.amount:*)", &[5]),
    ];
    for (filter, wanted) in cases {
        assert_eq!(
            list(&mia, filter).await.unwrap_or_else(|status| panic!("{filter}: {status:?}")),
            wanted,
            "{filter}"
        );
    }
    let cleared = v1::Ticket { name: "accounts/acme/tickets/3".to_owned(), ..saying(&[("parts", choices(&["lamp"]))]) };
    change(&mia, cleared, &["properties.parts", "properties.color"]).await.expect("changed");
    assert_eq!(list(&mia, "properties.parts:lid OR properties.color = red").await.expect("a page"), Vec::<i64>::new());
    assert_eq!(list(&mia, "properties.parts = lamp").await.expect("a page"), [3]);
});

// A mistake is refused with its place, counted in characters.
both_engines!(a_wrong_filter_over_properties_says_where_and_why, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    scene(&mia).await;
    for filter in ["properties.no_such = 1", "state = OPEN AND properties.a.b:*", "propertys.vip = true"] {
        assert_refused(list(&mia, filter).await, ErrorReason::FilterFieldUnknown);
    }
    let wrong = [
        ("properties.amount = lots", 20),
        ("properties.amount:é AND properties.due = soon", 18),
        ("-properties:color AND properties.due = soon", 39),
        ("properties.vip > true", 15),
        ("properties.vip = maybe", 17),
        ("properties.due = 2026-02-30", 17),
        ("properties.color = green", 19),
        ("properties.color < red", 17),
        ("properties.order_id = ''", 22),
        ("properties:no_such", 11),
        ("properties.due < me()", 17),
    ];
    for (filter, position) in wrong {
        let status = assert_refused(list(&mia, filter).await, ErrorReason::FilterInvalid);
        let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
        assert_eq!(info.metadata["position"], position.to_string(), "{filter}: {status:?}");
    }
});

both_engines!(views_are_made_of_properties, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    scene(&mia).await;
    let view = |filter: &str| v1::TicketView {
        display_name: "Red".to_owned(),
        filter: filter.to_owned(),
        columns: vec!["subject".to_owned(), "properties.color".to_owned()],
        ..v1::TicketView::default()
    };
    let create = |filter: &str| v1::CreateTicketViewRequest {
        parent: app::account(),
        ticket_view: Some(view(filter)),
        ticket_view_id: "red".to_owned(),
        ..Default::default()
    };
    let wrong = mia.ticket_views().create_ticket_view(create("properties.no_such = 1")).await;
    assert_refused(wrong, ErrorReason::FilterFieldUnknown);
    mia.ticket_views().create_ticket_view(create("properties.vip = true")).await.expect("a view");
    let name = "accounts/acme/ticketViews/red".to_owned();
    let ask = v1::ListTicketsRequest { parent: app::account(), view: name.clone(), ..Default::default() };
    let page = mia.tickets().list_tickets(ask).await.expect("a page").into_inner();
    assert_eq!(page.tickets.iter().map(|ticket| ticket.number).collect::<Vec<_>>(), [2]);
    let ask = v1::CountTicketViewsRequest { parent: app::account(), views: vec![name.clone()] };
    let counts = mia.ticket_views().count_ticket_views(ask).await.expect("counts").into_inner().counts;
    assert_eq!((counts[0].count, counts[0].more), (1, false));
    let clear = v1::Ticket { name: "accounts/acme/tickets/2".to_owned(), ..v1::Ticket::default() };
    change(&mia, clear.clone(), &["properties"]).await.expect("cleared");
    change(&mia, v1::Ticket { name: "accounts/acme/tickets/3".to_owned(), ..clear }, &["properties"])
        .await
        .expect("cleared");
    let status = assert_refused(delete(&mia, "vip").await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains(&name), "{status:?}");
    let gone = v1::DeleteTicketViewRequest { name, ..Default::default() };
    mia.ticket_views().delete_ticket_view(gone).await.expect("deleted");
    delete(&mia, "vip").await.expect("deleted");
});
