//! What a status asks of the tickets that come in.

use helpdesk::grpc::pb::v1::{self, ErrorReason, StatusCategory as Is};
use tonic::Status;

use super::hands::{change_status, create, enter, mask, pipeline, status, ticket_in};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn require(caller: &Client, name: &str, fields: &[&str]) -> Result<v1::PipelineStatus, Status> {
    let required_fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let new = v1::PipelineStatus { name: name.to_owned(), required_fields, ..Default::default() };
    change_status(caller, new, &["required_fields"]).await
}

async fn property(caller: &Client, id: &str) {
    let property =
        v1::TicketProperty { display_name: id.to_owned(), r#type: v1::PropertyType::Text.into(), ..Default::default() };
    let request = v1::CreateTicketPropertyRequest {
        parent: app::account(),
        ticket_property: Some(property),
        ticket_property_id: id.to_owned(),
        ..Default::default()
    };
    caller.ticket_properties().create_ticket_property(request).await.expect("a property");
}

// B6: refused with the reason and every field that is missing, whoever calls and however the ticket would come in.
both_engines!(a_status_asks_for_what_a_ticket_must_say, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    property(&root, "cause").await;
    let closed = status("support", "closed");
    require(&root, &closed, &["category", "properties.cause"]).await.expect("required");
    let ticket = ticket_in(&root, "support", "new").await.expect("asked for nothing").name;
    let close = || v1::CloseTicketRequest { name: ticket.clone(), ..Default::default() };
    let refused = assert_refused(root.tickets().close_ticket(close()).await, ErrorReason::StatusFieldsMissing);
    let details = format!("{refused:?}");
    assert!(refused.message().contains("category,properties.cause"), "{details}");
    assert_refused(enter(&app.machine(), &ticket, &closed).await, ErrorReason::StatusFieldsMissing);
    assert_refused(ticket_in(&root, "support", "closed").await, ErrorReason::StatusFieldsMissing);
    create(&root, "sales", &[("fresh", Is::New), ("won", Is::Closed)]).await;
    let elsewhere = ticket_in(&root, "sales", "won").await.expect("asked for nothing").name;
    let there = v1::MoveTicketRequest { name: elsewhere, pipeline: pipeline("support"), ..Default::default() };
    assert_refused(root.tickets().move_ticket(there).await, ErrorReason::StatusFieldsMissing);

    let said = v1::PropertyValue { kind: Some(v1::property_value::Kind::Text("wear".to_owned())) };
    let new = v1::Ticket {
        name: ticket.clone(),
        category: "printer".to_owned(),
        properties: [("cause".to_owned(), said)].into(),
        ..Default::default()
    };
    let request = v1::UpdateTicketRequest {
        ticket: Some(new),
        update_mask: Some(mask(&["category", "properties.cause"])),
        ..Default::default()
    };
    root.tickets().update_ticket(request).await.expect("said");
    root.tickets().close_ticket(close()).await.expect("it says all");
});

// B6: a property that a status asks for is not deleted; one that went out of use is asked for no longer.
both_engines!(a_property_out_of_use_is_asked_for_no_longer, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    property(&root, "cause").await;
    let closed = status("support", "closed");
    for bad in ["subject", "nonsense", "properties.Bad"] {
        assert_refused(require(&root, &closed, &[bad]).await, ErrorReason::FieldInvalid);
    }
    assert_refused(require(&root, &closed, &["properties.other"]).await, ErrorReason::ReferenceNotFound);
    require(&root, &closed, &["properties.cause"]).await.expect("required");
    let name = format!("{}/ticketProperties/cause", app::account());
    let delete = v1::DeleteTicketPropertyRequest { name: name.clone(), ..Default::default() };
    let refused = root.ticket_properties().delete_ticket_property(delete).await;
    let refused = assert_refused(refused, ErrorReason::ResourceInUse);
    assert!(format!("{refused:?}").contains(&closed), "{refused:?}");
    let archived = v1::TicketProperty { name, archived: true, ..Default::default() };
    let request = v1::UpdateTicketPropertyRequest {
        ticket_property: Some(archived),
        update_mask: Some(mask(&["archived"])),
        ..Default::default()
    };
    root.ticket_properties().update_ticket_property(request).await.expect("out of use");
    let ticket = ticket_in(&root, "support", "new").await.expect("made").name;
    app.close(&ticket).await;
});
