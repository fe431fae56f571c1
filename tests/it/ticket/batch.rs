//! Batches: one result for each, in order, whatever becomes of the others.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, batch_ticket_result::Result as Outcome};
use helpdesk::grpc::status::DOMAIN;
use prost::Message;
use prost_types::FieldMask;

use super::hands::{chief, get, give, made, numbers};
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// Each result as the subject of the ticket, or the reason why not.
fn told(results: Vec<v1::BatchTicketResult>) -> Vec<String> {
    results.into_iter().map(one).collect()
}

fn one(result: v1::BatchTicketResult) -> String {
    match result.result.expect("a ticket or why not") {
        Outcome::Ticket(ticket) => ticket.subject,
        Outcome::Error(status) => {
            let detail = status.details.into_iter().find(|any| any.type_url.ends_with("ErrorInfo")).expect("a reason");
            let info = helpdesk::grpc::pb::rpc::ErrorInfo::decode(detail.value.as_slice()).expect("an ErrorInfo");
            assert_eq!((info.domain.as_str(), status.code == 0), (DOMAIN, false));
            info.reason
        }
    }
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

async fn three(caller: &Client) -> Vec<v1::Ticket> {
    let mut tickets = Vec::new();
    for subject in ["one", "two", "three"] {
        tickets.push(made(caller, subject).await);
    }
    tickets
}

// what may not be viewed is as absent as in a single read, each for itself.
both_engines!(a_batch_is_read_one_by_one_in_order, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let tickets = three(&mia).await;
    give(&mia, &tickets[1].name, "mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    give(&mia, &tickets[2].name, "cole").await;
    let read = async |caller: &Client, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let request = v1::BatchGetTicketsRequest { parent: app::account(), names };
        caller.tickets().batch_get_tickets(request).await.map(|found| told(found.into_inner().results))
    };
    let [one, two, three] = [&tickets[0].name, &tickets[1].name, &tickets[2].name].map(String::as_str);
    let (absent, foreign) = ("accounts/acme/tickets/99", "accounts/other/tickets/1");
    let missing = "RESOURCE_NOT_FOUND";
    let found = read(&mia, &[three, absent, one, foreign, two]).await.expect("read");
    assert_eq!(found, ["three", missing, "one", missing, "two"]);
    assert_eq!(read(&cole, &[one, two, three]).await.expect("read"), [missing, missing, "three"]);
    assert_refused(read(&mia, &[]).await, ErrorReason::FieldInvalid);
    assert_refused(read(&mia, &[one, one]).await, ErrorReason::FieldInvalid);
    let many: Vec<String> = (1..=101).map(|number| format!("accounts/acme/tickets/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_refused(read(&mia, &many).await, ErrorReason::FieldInvalid);
    assert_eq!(read(&mia, &many[..100]).await.expect("read").len(), 100);
});

// R-031, C-021: many tickets are edited at once; what one of them is refused for stops no other.
both_engines!(a_batch_of_updates_does_what_it_can, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let tickets = three(&mia).await;
    let change = |ticket: &v1::Ticket, etag: &str, subject: &str| v1::TicketUpdate {
        ticket: Some(v1::Ticket {
            subject: subject.to_owned(),
            etag: etag.to_owned(),
            name: ticket.name.clone(),
            ..Default::default()
        }),
        update_mask: mask(&["subject"]),
    };
    let changes = vec![
        change(&tickets[0], &tickets[0].etag, "first"),
        change(&tickets[1], "\"0\"", "never"),
        change(&tickets[2], "", "third"),
        change(&tickets[0], &tickets[0].etag, "stale by now"),
        v1::TicketUpdate { update_mask: mask(&["nonsense"]), ..change(&tickets[0], "", "never") },
    ];
    let request = v1::BatchUpdateTicketsRequest {
        parent: app::account(),
        changes,
        request_id: "01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5f".to_owned(),
        ..Default::default()
    };
    let tried = v1::BatchUpdateTicketsRequest { validate_only: true, ..request.clone() };
    mia.tickets().batch_update_tickets(tried).await.expect("tried");
    assert_eq!(get(&mia, &tickets[0].name).await.expect("the ticket").subject, "one", "nothing was stored");
    let expected = ["first", "ETAG_MISMATCH", "third", "ETAG_MISMATCH", "UPDATE_MASK_INVALID"];
    for replayed in [false, true] {
        let done = mia.tickets().batch_update_tickets(request.clone()).await.expect("done").into_inner();
        assert_eq!(told(done.results), expected);
        assert_eq!(done.mutation.expect("told").replayed, replayed);
    }
    assert_eq!(get(&mia, &tickets[1].name).await.expect("the ticket"), tickets[1], "a refused one is as it was");
    assert_eq!(get(&mia, &tickets[2].name).await.expect("the ticket").subject, "third");
});

// a pile of tickets is given away at once.
both_engines!(a_batch_of_assignments_does_what_it_can, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let tickets = three(&mia).await;
    let give = |ticket: &v1::Ticket, owner: &str, teams: &[&str]| v1::TicketAssignment {
        name: ticket.name.clone(),
        owner: if owner.is_empty() { String::new() } else { user_name(owner) },
        teams: teams.iter().map(|id| app::team_name(id)).collect(),
        ..Default::default()
    };
    let changes = vec![
        give(&tickets[0], "mia", &[]),
        give(&tickets[1], "nobody", &[]),
        give(&tickets[1], "", &[]),
        give(&tickets[2], "", &["red"]),
    ];
    let request = v1::BatchAssignTicketsRequest { parent: app::account(), changes, ..Default::default() };
    let done = mia.tickets().batch_assign_tickets(request).await.expect("done").into_inner();
    assert_eq!(told(done.results), ["one", "REFERENCE_NOT_FOUND", "FIELD_INVALID", "three"]);
    assert_eq!(numbers(&mia, "owner = mia", false).await, [1]);
    assert_eq!(numbers(&mia, "team = red", false).await, [3]);
});

// a pile of tickets is deleted at once.
both_engines!(a_batch_of_deletions_does_what_it_can, |db| async move {
    let app = App::start(db).await;
    let chief = chief(&app, "chief").await;
    let tickets = three(&chief).await;
    let gone =
        |ticket: &v1::Ticket, etag: &str| v1::TicketDeletion { name: ticket.name.clone(), etag: etag.to_owned() };
    let changes = vec![
        gone(&tickets[0], &tickets[0].etag),
        gone(&tickets[1], "\"0\""),
        gone(&tickets[0], ""),
        gone(&tickets[2], ""),
    ];
    let request = v1::BatchDeleteTicketsRequest { parent: app::account(), changes, ..Default::default() };
    let done = chief.tickets().batch_delete_tickets(request.clone()).await.expect("done").into_inner();
    assert_eq!(told(done.results), ["one", "ETAG_MISMATCH", "RESOURCE_DELETED", "three"]);
    assert_eq!(numbers(&chief, "", false).await, [2]);
    let elsewhere = v1::BatchDeleteTicketsRequest { parent: "accounts/other".to_owned(), ..request };
    assert_refused(chief.tickets().batch_delete_tickets(elsewhere).await, ErrorReason::ResourceNotFound);
});
