//! UpdateTicket: plain fields by an explicit mask.

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use prost_types::FieldMask;
use tonic::Status;

use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn update(client: &Client, ticket: v1::Ticket, paths: &[&str]) -> Result<v1::Ticket, Status> {
    let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let request = v1::UpdateTicketRequest { ticket: Some(ticket), update_mask, ..Default::default() };
    client.tickets().update_ticket(request).await.map(|done| done.into_inner().ticket.expect("a ticket"))
}

async fn made(client: &Client) -> v1::Ticket {
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("One")), ..Default::default() };
    client.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket")
}

// C-010: a name is trimmed, has at most 255 characters (not bytes), and is never blank.
both_engines!(a_name_is_trimmed_bounded_and_never_blank, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia).await;
    let named =
        |subject: &str| v1::Ticket { name: ticket.name.clone(), subject: subject.to_owned(), ..Default::default() };
    assert_eq!(update(&mia, named("  New name "), &["subject"]).await.expect("changed").subject, "New name");
    let long = "é".repeat(255);
    assert_eq!(update(&mia, named(&long), &["subject"]).await.expect("changed").subject, long);
    for wrong in [" ".to_owned(), "é".repeat(256)] {
        assert_refused(update(&mia, named(&wrong), &["subject"]).await, ErrorReason::FieldInvalid);
    }
});

// Complaint 34 of the field: an API that silently ignores a wrong field. Here it is refused, and nothing is changed.
both_engines!(a_wrong_field_is_refused_and_never_silently_ignored, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia).await;
    let changed = v1::Ticket { subject: "Other".to_owned(), owner: app::user_name("mia"), ..ticket.clone() };
    for paths in [&["subjekt"] as &[&str], &["*"], &[], &["subject", "nothing"]] {
        assert_refused(update(&mia, changed.clone(), paths).await, ErrorReason::UpdateMaskInvalid);
    }
    assert_refused(update(&mia, changed, &["owner"]).await, ErrorReason::FieldImmutable);
    let request = v1::GetTicketRequest { name: ticket.name.clone() };
    assert_eq!(mia.tickets().get_ticket(request).await.expect("found").into_inner().ticket, Some(ticket));
});

// C-110: times are those of the service's clock, in UTC, and a test may move it.
both_engines!(times_follow_the_clock_of_the_service, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia).await;
    let micros =
        |time: Option<prost_types::Timestamp>| time.map(|t| t.seconds * 1_000_000 + i64::from(t.nanos / 1_000));
    assert_eq!(micros(ticket.create_time), Some(app.now().as_micros()));
    app.advance(std::time::Duration::from_mins(2));
    let changed =
        update(&mia, v1::Ticket { category: "cards".to_owned(), ..ticket }, &["category"]).await.expect("changed");
    assert_eq!(micros(changed.update_time), Some(app.now().as_micros()));
});
