//! The properties themselves: made, read, listed, changed, archived, deleted.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType as T};

use super::{change, choice, create, delete, made, name, property, saying, show, text, ticket, update};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn listed(caller: &Client, request: v1::ListTicketPropertiesRequest) -> (Vec<String>, String) {
    let request = v1::ListTicketPropertiesRequest { parent: app::account(), ..request };
    let page = caller.ticket_properties().list_ticket_properties(request).await.expect("a page").into_inner();
    let id = |one: v1::TicketProperty| one.name.rsplit('/').next().unwrap_or_default().to_owned();
    (page.ticket_properties.into_iter().map(id).collect(), page.next_page_token)
}

both_engines!(a_property_is_made_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let order = made(&mia, "order_id", T::Text, &[]).await;
    assert_eq!((order.name.as_str(), order.etag.as_str()), ("accounts/acme/ticketProperties/order_id", "\"1\""));
    let get = || v1::GetTicketPropertyRequest { name: order.name.clone() };
    let read = mia.ticket_properties().get_ticket_property(get()).await.expect("read").into_inner();
    assert_eq!(read.ticket_property.as_ref(), Some(&order));
    assert_refused(create(&mia, "order_id", property(T::Date, &[])).await, ErrorReason::ResourceAlreadyExists);
    let named = v1::TicketProperty {
        display_name: " Order ".to_owned(),
        description: "From the shop".to_owned(),
        ..order.clone()
    };
    let changed = update(&mia, named.clone(), &["display_name", "description"]).await.expect("changed");
    assert_eq!((changed.display_name.as_str(), changed.description.as_str()), ("Order", "From the shop"));
    assert_refused(update(&mia, named, &["display_name"]).await, ErrorReason::EtagMismatch);
    let other = v1::TicketProperty { r#type: T::Number.into(), ..changed.clone() };
    assert_refused(update(&mia, other, &["type"]).await, ErrorReason::FieldImmutable);
    delete(&mia, "order_id").await.expect("deleted");
    assert_refused(mia.ticket_properties().get_ticket_property(get()).await, ErrorReason::ResourceNotFound);
    assert_refused(delete(&mia, "order_id").await, ErrorReason::ResourceNotFound);
});

both_engines!(a_property_that_makes_no_sense_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let blank = v1::TicketProperty { display_name: "  ".to_owned(), ..property(T::Text, &[]) };
    let bad = [
        ("color", property(T::SingleChoice, &[])),
        ("color", property(T::MultipleChoice, &["red", "red"])),
        ("color", property(T::Text, &["red"])),
        ("color", property(T::SingleChoice, &["Red"])),
        ("color", property(T::Unspecified, &[])),
        ("color", blank),
        ("Color", property(T::Text, &[])),
        ("color_2", property(T::Text, &[])),
        ("order-id", property(T::Text, &[])),
        ("", property(T::Text, &[])),
    ];
    for (id, property) in bad {
        assert_refused(create(&mia, id, property).await, ErrorReason::FieldInvalid);
    }
});

// A choice that tickets may have stays: it is archived, and its label and place may change.
both_engines!(a_choice_is_archived_and_never_goes_away, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    made(&mia, "color", T::SingleChoice, &["red", "blue"]).await;
    let with = |choices: &[&str]| v1::TicketProperty { name: name("color"), ..property(T::SingleChoice, choices) };
    assert_refused(update(&mia, with(&["red"]), &["choices"]).await, ErrorReason::FieldInvalid);
    let before = ticket(&mia, saying(&[("color", choice("red"))])).await.expect("a ticket");
    let changed = update(&mia, with(&["green", "blue", "-red"]), &["choices"]).await.expect("changed");
    assert_eq!(changed.choices.iter().map(|one| one.archived).collect::<Vec<_>>(), [false, false, true]);
    assert_refused(ticket(&mia, saying(&[("color", choice("red"))])).await, ErrorReason::FieldInvalid);
    ticket(&mia, saying(&[("color", choice("green"))])).await.expect("a ticket");
    let kept = change(&mia, v1::Ticket { subject: "Two".to_owned(), ..before }, &["subject", "properties"]).await;
    assert_eq!(kept.expect("it has it").properties["color"].kind, Some(choice("red")));
});

// What becomes of values: archiving keeps them, deleting waits until there are none.
both_engines!(archiving_keeps_what_tickets_say_and_deleting_needs_that_none_says_anything, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let order = made(&mia, "order_id", T::Text, &[]).await;
    let said = ticket(&mia, saying(&[("order_id", text("A-1"))])).await.expect("a ticket");
    let status = assert_refused(delete(&mia, "order_id").await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains(&said.name), "{status:?}");
    let away = v1::TicketProperty { archived: true, ..order };
    let away = update(&mia, away, &["archived"]).await.expect("out of use");
    let got = mia.tickets().get_ticket(v1::GetTicketRequest { name: said.name.clone() }).await.expect("a ticket");
    assert_eq!(got.into_inner().ticket.expect("a ticket").properties, said.properties);
    let all = v1::ListTicketPropertiesRequest { show_archived: true, ..Default::default() };
    assert_eq!(listed(&mia, all).await.0, ["order_id"]);
    assert_eq!(listed(&mia, v1::ListTicketPropertiesRequest::default()).await.0, Vec::<String>::new());
    assert_refused(ticket(&mia, saying(&[("order_id", text("A-2"))])).await, ErrorReason::FieldInvalid);
    let empty = v1::Ticket { name: said.name, ..v1::Ticket::default() };
    change(&mia, empty, &["properties.order_id"]).await.expect("cleared");
    delete(&mia, "order_id").await.expect("deleted");
    drop(away);
});

both_engines!(properties_are_listed_by_id_in_pages, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for id in ["c", "a", "b"] {
        made(&mia, id, T::Boolean, &[]).await;
    }
    let ask = v1::ListTicketPropertiesRequest::default;
    let (first, token) = listed(&mia, v1::ListTicketPropertiesRequest { page_size: 2, ..ask() }).await;
    let next = v1::ListTicketPropertiesRequest { page_size: 2, page_token: token.clone(), ..ask() };
    let (second, end) = listed(&mia, next).await;
    assert_eq!((first, second, end.as_str()), (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()], ""));
    let other =
        v1::ListTicketPropertiesRequest { parent: app::account(), show_archived: true, page_token: token, ..ask() };
    let refused = mia.ticket_properties().list_ticket_properties(other).await;
    assert_refused(refused, ErrorReason::PageTokenInvalid);
});

// L-19: a hundred that are in use.
both_engines!(a_hundred_properties_are_in_use_at_a_time, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for number in 0..100 {
        made(&mia, &format!("p{number}"), T::Boolean, &[]).await;
    }
    assert_refused(create(&mia, "one_more", property(T::Text, &[])).await, ErrorReason::QuotaExceeded);
    let away = v1::TicketProperty { name: name("p7"), archived: true, ..Default::default() };
    update(&mia, away.clone(), &["archived"]).await.expect("out of use");
    made(&mia, "one_more", T::Text, &[]).await;
    let back = v1::TicketProperty { archived: false, ..away };
    assert_refused(update(&mia, back, &["archived"]).await, ErrorReason::QuotaExceeded);
});

// access without a seat reads properties and the form and changes neither.
both_engines!(collaborators_read_properties_and_change_none, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let order = made(&mia, "order_id", T::Text, &[]).await;
    assert_eq!(listed(&cole, v1::ListTicketPropertiesRequest::default()).await.0, ["order_id"]);
    let form = v1::GetTicketFormRequest { name: "accounts/acme/ticketForm".to_owned() };
    cole.ticket_properties().get_ticket_form(form).await.expect("read");
    assert_refused(create(&cole, "x", property(T::Text, &[])).await, ErrorReason::StandingTooLow);
    assert_refused(update(&cole, order, &["description"]).await, ErrorReason::StandingTooLow);
    assert_refused(delete(&cole, "order_id").await, ErrorReason::StandingTooLow);
    assert_refused(show(&cole, &["subject*", "pipeline*", "status*"]).await, ErrorReason::StandingTooLow);
    ticket(&cole, saying(&[("order_id", text("A-1"))])).await.expect("said");
});
