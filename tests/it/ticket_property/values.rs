//! What tickets say in their properties.

use std::collections::BTreeMap;

use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType as T, property_value::Kind};

use super::{change, choice, choices, day, faults, made, saying, text, ticket};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn all_types(caller: &Client) {
    made(caller, "order_id", T::Text, &[]).await;
    made(caller, "amount", T::Number, &[]).await;
    made(caller, "vip", T::Boolean, &[]).await;
    made(caller, "due", T::Date, &[]).await;
    made(caller, "color", T::SingleChoice, &["red", "blue"]).await;
    made(caller, "parts", T::MultipleChoice, &["lid", "cup", "lamp"]).await;
}

fn everything() -> v1::Ticket {
    saying(&[
        ("order_id", text("A-1, äöü")),
        ("amount", Kind::Number(-12.5)),
        ("vip", Kind::Flag(false)),
        ("due", day("2026-02-28")),
        ("color", choice("red")),
        ("parts", choices(&["lid", "cup"])),
    ])
}

fn said(ticket: &v1::Ticket) -> BTreeMap<&str, Kind> {
    ticket.properties.iter().map(|(id, value)| (id.as_str(), value.kind.clone().expect("a value"))).collect()
}

async fn get(caller: &Client, name: &str) -> v1::Ticket {
    let read = caller.tickets().get_ticket(v1::GetTicketRequest { name: name.to_owned() }).await.expect("a ticket");
    read.into_inner().ticket.expect("a ticket")
}

/// The changes that the log tells of a ticket, as field, before and after.
async fn told(caller: &Client, ticket: &v1::Ticket) -> Vec<(String, String, String)> {
    let filter = format!("ticket = {}", ticket.number);
    let event_filter = Some(v1::EventFilter { types: Vec::new(), filter });
    let request = v1::ListEventsRequest { parent: app::account(), event_filter, ..Default::default() };
    let page = caller.events().list_events(request).await.expect("events").into_inner();
    let fields = page.events.into_iter().flat_map(|event| event.fields);
    let own = fields.filter(|field| field.field.starts_with("properties."));
    own.map(|field| (field.field, field.before, field.after)).collect()
}

both_engines!(a_ticket_says_values_of_every_type, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    all_types(&mia).await;
    let made = ticket(&mia, everything()).await.expect("a ticket");
    let mut wanted = everything();
    wanted.properties.insert("parts".to_owned(), v1::PropertyValue { kind: Some(choices(&["cup", "lid"])) });
    assert_eq!(said(&made), said(&wanted));
    assert_eq!(get(&mia, &made.name).await, made);
    let created = told(&mia, &made).await;
    assert!(created.contains(&("properties.amount".to_owned(), String::new(), "-12.5".to_owned())), "{created:?}");
    assert_eq!(created.len(), 6);
});

// The mask names all properties or one; what it names and the request does not give is cleared.
both_engines!(the_mask_names_properties_one_by_one, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    all_types(&mia).await;
    let made = ticket(&mia, everything()).await.expect("a ticket");
    let name = made.name.clone();
    let new = |values: &[(&str, Kind)]| v1::Ticket { name: name.clone(), ..saying(values) };
    let two = new(&[("order_id", text("B-2")), ("amount", Kind::Number(7.0))]);
    let changed = change(&mia, two, &["properties.order_id", "properties.due"]).await.expect("changed");
    assert_eq!(said(&changed).get("order_id"), Some(&text("B-2")));
    assert_eq!(said(&changed).get("amount"), Some(&Kind::Number(-12.5)), "not in the mask");
    assert!(!changed.properties.contains_key("due"), "cleared");
    let log = told(&mia, &made).await;
    let due = ("properties.due".to_owned(), "2026-02-28".to_owned(), String::new());
    let order = ("properties.order_id".to_owned(), "A-1, äöü".to_owned(), "B-2".to_owned());
    assert_eq!(log[6..], [due, order]);
    let one = new(&[("vip", Kind::Flag(true)), ("order_id", text(" "))]);
    let changed = change(&mia, one, &["properties"]).await.expect("changed");
    assert_eq!(said(&changed), BTreeMap::from([("vip", Kind::Flag(true))]), "all are named, a blank text is none");
    let same = change(&mia, changed.clone(), &["properties", "subject"]).await.expect("changed");
    assert_eq!(same.etag, changed.etag, "nothing changed");
    for bad in ["properties.vip.flag", "properties.", "property.vip"] {
        assert_refused(change(&mia, changed.clone(), &[bad]).await, ErrorReason::UpdateMaskInvalid);
    }
});

both_engines!(a_value_that_does_not_fit_is_refused_by_its_path, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    all_types(&mia).await;
    let bad = [
        ("order_id", text(&"x".repeat(4_097)), "[\"order_id\"].text"),
        ("order_id", Kind::Number(1.0), "[\"order_id\"]"),
        ("amount", text("1"), "[\"amount\"]"),
        ("amount", Kind::Number(f64::NAN), "[\"amount\"].number"),
        ("vip", choice("red"), "[\"vip\"]"),
        ("due", day("2026-02-30"), "[\"due\"].date"),
        ("color", choice("green"), "[\"color\"]"),
        ("color", choices(&["red"]), "[\"color\"]"),
        ("parts", choices(&["lid", "handle"]), "[\"parts\"]"),
        ("parts", choice("lid"), "[\"parts\"]"),
    ];
    let made = ticket(&mia, everything()).await.expect("a ticket");
    for (id, value, path) in bad {
        let wanted = [format!("ticket.properties{path}")];
        let given = saying(&[(id, value)]);
        let status = assert_refused(ticket(&mia, given.clone()).await, ErrorReason::FieldInvalid);
        assert_eq!(faults(&status), wanted);
        let given = v1::Ticket { name: made.name.clone(), ..given };
        let status =
            assert_refused(change(&mia, given, &[&format!("properties.{id}")]).await, ErrorReason::FieldInvalid);
        assert_eq!(faults(&status), wanted);
    }
    let two = saying(&[("amount", text("1")), ("vip", text("1"))]);
    let status = assert_refused(ticket(&mia, two).await, ErrorReason::FieldInvalid);
    assert_eq!(faults(&status), ["ticket.properties[\"amount\"]", "ticket.properties[\"vip\"]"]);
    let unknown = saying(&[("no_such", text("1"))]);
    assert_refused(ticket(&mia, unknown.clone()).await, ErrorReason::ReferenceNotFound);
    let unknown = v1::Ticket { name: made.name.clone(), ..unknown };
    assert_refused(change(&mia, unknown, &["properties.no_such"]).await, ErrorReason::ReferenceNotFound);
    assert_eq!(get(&mia, &made.name).await, made);
});

// A property of another account is none here.
both_engines!(properties_belong_to_their_account, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let other = app.caller(&app.new_account("other").await);
    made(&mia, "order_id", T::Text, &[]).await;
    let mut foreign = saying(&[("order_id", text("A-1"))]);
    "accounts/other/pipelines/support".clone_into(&mut foreign.pipeline);
    "accounts/other/pipelines/support/statuses/new".clone_into(&mut foreign.status);
    let request =
        v1::CreateTicketRequest { parent: "accounts/other".to_owned(), ticket: Some(foreign), ..Default::default() };
    assert_refused(other.tickets().create_ticket(request).await, ErrorReason::ReferenceNotFound);
    let get = v1::GetTicketPropertyRequest { name: super::name("order_id") };
    assert_refused(other.ticket_properties().get_ticket_property(get).await, ErrorReason::ResourceNotFound);
});

// C-018: the ticket that stays keeps what it says and takes what only the others say; moving changes nothing.
both_engines!(values_outlive_merges_and_moves, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    all_types(&mia).await;
    let stays = ticket(&mia, saying(&[("order_id", text("A-1"))])).await.expect("a ticket");
    let goes = saying(&[("order_id", text("B-2")), ("color", choice("blue"))]);
    let goes = ticket(&mia, goes).await.expect("a ticket");
    let merge =
        v1::MergeTicketsRequest { name: stays.name.clone(), sources: vec![goes.name.clone()], ..Default::default() };
    mia.tickets().merge_tickets(merge).await.expect("merged");
    let wanted = BTreeMap::from([("order_id", text("A-1")), ("color", choice("blue"))]);
    let merged = get(&mia, &stays.name).await;
    assert_eq!(said(&merged), wanted);
    assert!(told(&mia, &merged).await.contains(&("properties.color".to_owned(), String::new(), "blue".to_owned())));
    assert_eq!(said(&get(&mia, &goes.name).await), said(&goes), "as it ended");
    let inbox = v1::MoveTicketRequest { name: stays.name.clone(), area: v1::Area::Inbox.into(), ..Default::default() };
    let moved = mia.tickets().move_ticket(inbox).await.expect("moved").into_inner().ticket.expect("a ticket");
    assert_eq!(said(&moved), wanted);
    let expunge = v1::ExpungeTicketRequest { name: stays.name, ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    super::delete(&mia, "color").await.expect("nobody says it any more");
});
