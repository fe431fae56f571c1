//! The creation form: what it shows, in which order, and what it requires.

use helpdesk::grpc::pb::v1::{self, ErrorReason, PropertyType as T};

use super::{delete, faults, made, mask, name, saying, show, text, ticket, update};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

const FIXED: [&str; 3] = ["subject*", "pipeline*", "status*"];

async fn form(caller: &Client) -> v1::TicketForm {
    let request = v1::GetTicketFormRequest { name: "accounts/acme/ticketForm".to_owned() };
    let read = caller.ticket_properties().get_ticket_form(request).await.expect("a form");
    read.into_inner().ticket_form.expect("a form")
}

fn shown(form: &v1::TicketForm) -> Vec<String> {
    form.fields.iter().map(|it| format!("{}{}", it.field, if it.required { "*" } else { "" })).collect()
}

// three fields at first, and an account says which others are shown, in which order.
both_engines!(an_account_says_what_the_form_shows_and_in_which_order, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let first = form(&mia).await;
    assert_eq!(shown(&first)[..3], FIXED);
    assert!(first.fields[3..].iter().all(|field| !field.required) && first.update_time.is_none());
    made(&mia, "order_id", T::Text, &[]).await;
    let order = ["properties.order_id", "status*", "subject*", "tags", "pipeline*"];
    let changed = show(&mia, &order).await.expect("changed");
    assert_eq!(shown(&changed), order);
    assert_eq!(form(&mia).await, changed);
    let stale = v1::UpdateTicketFormRequest {
        ticket_form: Some(v1::TicketForm { fields: changed.fields, ..first }),
        update_mask: mask(&["fields"]),
        ..Default::default()
    };
    assert_refused(mia.ticket_properties().update_ticket_form(stale).await, ErrorReason::EtagMismatch);
});

// C-015: subject, pipeline and status never leave the form and are always required.
both_engines!(the_three_default_fields_cannot_leave_the_form, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let bad: [&[&str]; 3] =
        [&["subject*", "pipeline*"], &["subject", "pipeline*", "status*"], &["subject*", "status*", "priority*"]];
    for fields in bad {
        assert_refused(show(&mia, fields).await, ErrorReason::FormFieldFixed);
    }
    let wrong = ["number", "properties.no.such", "source", "subject*"];
    for field in wrong {
        let fields = [&FIXED[..], &[field]].concat();
        assert_refused(show(&mia, &fields).await, ErrorReason::FieldInvalid);
    }
    let unknown = [&FIXED[..], &["properties.order_id"]].concat();
    assert_refused(show(&mia, &unknown).await, ErrorReason::ReferenceNotFound);
});

// what the form requires beside the three is missed field by field, and the three still are.
both_engines!(each_field_that_the_form_requires_is_missed_on_its_own, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    made(&mia, "order_id", T::Text, &[]).await;
    let asked = ["description*", "priority*", "category*", "tags*", "contact*", "owner*", "teams*"];
    let fields = [&FIXED[..], &asked, &["properties.order_id*"]].concat();
    show(&mia, &fields).await.expect("changed");
    let status = assert_refused(ticket(&mia, app::ticket("One")).await, ErrorReason::FieldInvalid);
    let mut wanted: Vec<String> = asked.iter().map(|it| format!("ticket.{}", it.trim_end_matches('*'))).collect();
    wanted.push("ticket.properties[\"order_id\"]".to_owned());
    assert_eq!(faults(&status), wanted);
    let few = [&FIXED[..], &["priority*", "properties.order_id*"]].concat();
    show(&mia, &few).await.expect("changed");
    let urgent = |ticket: v1::Ticket| v1::Ticket { priority: v1::Priority::Urgent.into(), ..ticket };
    let status = assert_refused(ticket(&mia, urgent(app::ticket("One"))).await, ErrorReason::FieldInvalid);
    assert_eq!(faults(&status), ["ticket.properties[\"order_id\"]"]);
    let blank = urgent(saying(&[("order_id", text("  "))]));
    assert_refused(ticket(&mia, blank).await, ErrorReason::FieldInvalid);
    let whole = urgent(saying(&[("order_id", text("A-1"))]));
    let status = v1::Ticket { status: String::new(), ..whole.clone() };
    assert_eq!(faults(&assert_refused(ticket(&mia, status).await, ErrorReason::FieldInvalid)), ["ticket.status"]);
    ticket(&mia, whole).await.expect("a ticket");
});

// what the form requires stops people, and neither channels nor updates, splits and merges.
both_engines!(channels_and_merges_do_not_stop_at_the_form, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let one = ticket(&mia, app::ticket("One")).await.expect("a ticket");
    show(&mia, &[&FIXED[..], &["priority*", "category*"]].concat()).await.expect("changed");
    let came = app.arrives("chat", "1", "ana@example.com").await;
    let merge = v1::MergeTicketsRequest { name: one.name, sources: vec![came.name], ..Default::default() };
    mia.tickets().merge_tickets(merge).await.expect("merged");
});

both_engines!(a_property_on_the_form_stays_in_use, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let order = made(&mia, "order_id", T::Text, &[]).await;
    let fields = [&FIXED[..], &["properties.order_id"]].concat();
    show(&mia, &fields).await.expect("changed");
    let away = v1::TicketProperty { archived: true, ..order };
    assert_refused(update(&mia, away.clone(), &["archived"]).await, ErrorReason::ResourceInUse);
    assert_refused(delete(&mia, "order_id").await, ErrorReason::ResourceInUse);
    show(&mia, &FIXED).await.expect("changed");
    update(&mia, away, &["archived"]).await.expect("out of use");
    assert_refused(show(&mia, &fields).await, ErrorReason::ReferenceNotFound);
    assert_eq!(name("order_id"), "accounts/acme/ticketProperties/order_id");
});
