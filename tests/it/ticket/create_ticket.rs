//! CreateTicket: tickets made by hand.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(ticket: v1::Ticket) -> v1::CreateTicketRequest {
    v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..v1::CreateTicketRequest::default() }
}

// C-013: made by hand, without contact, conversation or owner.
both_engines!(a_ticket_made_by_hand_has_no_conversation_and_no_owner, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let made =
        mia.tickets().create_ticket(request(app::ticket(" Broken  printer "))).await.expect("a ticket").into_inner();
    let ticket = made.ticket.expect("a ticket");
    assert_eq!((ticket.subject.as_str(), ticket.number), ("Broken printer", 1));
    assert!(ticket.owner.is_empty() && ticket.conversations.is_empty() && ticket.contact.is_empty() && ticket.manual);
    let found = mia.tickets().get_ticket(v1::GetTicketRequest { name: ticket.name.clone() }).await.expect("a ticket");
    assert_eq!(found.into_inner().ticket, Some(ticket));
});

// R-019, C-011: each required field is missed on its own.
both_engines!(each_required_field_is_missed_on_its_own, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let whole = app::ticket("Broken");
    let lacking = [
        ("ticket.subject", v1::Ticket { subject: String::new(), ..whole.clone() }),
        ("ticket.pipeline", v1::Ticket { pipeline: String::new(), ..whole.clone() }),
        ("ticket.status", v1::Ticket { status: String::new(), ..whole.clone() }),
    ];
    for (field, ticket) in lacking {
        let status = assert_refused(mia.tickets().create_ticket(request(ticket)).await, ErrorReason::FieldInvalid);
        let details = tonic_types::StatusExt::get_details_bad_request(&status).expect("field violations");
        let fields: Vec<_> = details.field_violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, [field]);
    }
});

// C-108: the same request id gives the first answer; another request under it is refused.
both_engines!(a_repeated_request_id_gives_the_first_answer, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let id = "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2a01".to_owned();
    let once = v1::CreateTicketRequest { request_id: id, ..request(app::ticket("Once")) };
    let first = mia.tickets().create_ticket(once.clone()).await.expect("made").into_inner();
    let second = mia.tickets().create_ticket(once.clone()).await.expect("made").into_inner();
    assert_eq!(first.ticket, second.ticket);
    assert!(second.mutation.expect("mutation").replayed);
    let other = v1::CreateTicketRequest { ticket: Some(app::ticket("Other")), ..once };
    assert_refused(mia.tickets().create_ticket(other).await, ErrorReason::RequestIdReused);
});
