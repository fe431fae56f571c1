//! Tickets assigned, moved, closed, reopened and changed.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, TicketState};
use prost_types::FieldMask;

use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn made(caller: &Client, subject: &str) -> v1::Ticket {
    let request = v1::CreateTicketRequest {
        parent: app::account(),
        ticket: Some(app::ticket(subject)),
        ..v1::CreateTicketRequest::default()
    };
    caller.tickets().create_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

fn assign(ticket: &v1::Ticket, owner: &str, teams: &[&str]) -> v1::AssignTicketRequest {
    v1::AssignTicketRequest {
        name: ticket.name.clone(),
        owner: if owner.is_empty() { String::new() } else { app::user_name(owner) },
        teams: teams.iter().map(|id| app::team_name(id)).collect(),
        ..v1::AssignTicketRequest::default()
    }
}

// C-043, C-052: to a user, to another, to a team, to nobody.
both_engines!(a_ticket_is_given_to_users_and_teams_by_hand, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.collaborator("cole", AccessLevel::Owned).await;
    app.collaborator("nil", AccessLevel::None).await;
    app.team("red", &["mia"]).await;
    let ticket = made(&mia, "Broken").await;
    let given = mia.tickets().assign_ticket(assign(&ticket, "cole", &[])).await.expect("assigned").into_inner().ticket;
    assert_eq!(given.map(|ticket| ticket.owner), Some(app::user_name("cole")));
    let blind = mia.tickets().assign_ticket(assign(&ticket, "nil", &[])).await;
    assert_refused(blind, ErrorReason::AssigneeNotEligible);
    assert_refused(mia.tickets().assign_ticket(assign(&ticket, "", &[])).await, ErrorReason::FieldInvalid);
    assert_refused(mia.tickets().assign_ticket(assign(&ticket, "nemo", &[])).await, ErrorReason::ReferenceNotFound);
    let team = mia.tickets().assign_ticket(assign(&ticket, "", &["red"])).await.expect("assigned").into_inner().ticket;
    let team = team.expect("a ticket");
    assert_eq!((team.owner.as_str(), team.teams), ("", vec![app::team_name("red")]));
    let request = v1::UnassignTicketRequest { name: ticket.name.clone(), ..v1::UnassignTicketRequest::default() };
    let free = mia.tickets().unassign_ticket(request).await.expect("unassigned").into_inner().ticket.expect("a ticket");
    assert!(free.owner.is_empty() && free.teams.is_empty());
});

// C-064, C-065, C-067: the close time follows the status, and a given one wins.
both_engines!(closing_sets_the_close_time_and_reopening_clears_it, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia, "Broken").await;
    let close = v1::CloseTicketRequest { name: ticket.name.clone(), ..v1::CloseTicketRequest::default() };
    let closed =
        mia.tickets().close_ticket(close.clone()).await.expect("closed").into_inner().ticket.expect("a ticket");
    assert_eq!(closed.state(), TicketState::Closed);
    assert!(closed.close_time.is_some());
    assert_refused(mia.tickets().close_ticket(close.clone()).await, ErrorReason::StateTransitionNotAllowed);
    let reopen = v1::ReopenTicketRequest { name: ticket.name.clone(), ..v1::ReopenTicketRequest::default() };
    let open =
        mia.tickets().reopen_ticket(reopen.clone()).await.expect("opened").into_inner().ticket.expect("a ticket");
    assert_eq!((open.state(), open.close_time, open.status), (TicketState::Open, None, ticket.status.clone()));
    assert_refused(mia.tickets().reopen_ticket(reopen).await, ErrorReason::StateTransitionNotAllowed);
    let given = prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 };
    let close = v1::CloseTicketRequest { close_time: Some(given), ..close };
    let closed = mia.tickets().close_ticket(close).await.expect("closed").into_inner().ticket.expect("a ticket");
    assert_eq!(closed.close_time, Some(given));
});

// only to a status of its own pipeline.
both_engines!(a_ticket_moves_only_within_its_pipeline, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia, "Broken").await;
    let to = |status: String| v1::ChangeTicketStatusRequest {
        name: ticket.name.clone(),
        status,
        ..v1::ChangeTicketStatusRequest::default()
    };
    let waiting = format!("{}/statuses/waiting-on-us", ticket.pipeline);
    let moved = mia.tickets().change_ticket_status(to(waiting.clone())).await.expect("moved").into_inner().ticket;
    assert_eq!(moved.map(|ticket| ticket.status), Some(waiting));
    let unknown = to(format!("{}/pipelines/other/statuses/new", app::account()));
    assert_refused(mia.tickets().change_ticket_status(unknown).await, ErrorReason::ReferenceNotFound);
});

// C-010, C-021: an update changes what its mask names, refuses what has a verb, and compares etags.
both_engines!(an_update_changes_what_its_mask_names, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia, "Broken").await;
    let update = |ticket: v1::Ticket, paths: &[&str]| v1::UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..v1::UpdateTicketRequest::default()
    };
    let new = v1::Ticket {
        subject: " New  name ".to_owned(),
        category: "ignored".to_owned(),
        tags: vec!["vip".to_owned(), "b".to_owned()],
        priority: v1::Priority::High.into(),
        ..ticket.clone()
    };
    let paths = ["subject", "tags", "priority", "status", "sequence"];
    let changed = mia.tickets().update_ticket(update(new.clone(), &paths)).await.expect("changed").into_inner().ticket;
    let changed = changed.expect("a ticket");
    assert_eq!((changed.subject.as_str(), changed.category.as_str()), ("New name", ""));
    assert_eq!((changed.tags.len(), changed.priority()), (2, v1::Priority::High));
    assert_refused(mia.tickets().update_ticket(update(new, &paths)).await, ErrorReason::EtagMismatch);
    let owned = v1::Ticket { owner: app::user_name("mia"), ..changed.clone() };
    assert_refused(mia.tickets().update_ticket(update(owned, &["owner"])).await, ErrorReason::FieldImmutable);
    let blank = v1::Ticket { subject: "  ".to_owned(), ..changed.clone() };
    assert_refused(mia.tickets().update_ticket(update(blank, &["subject"])).await, ErrorReason::FieldInvalid);
    assert_refused(mia.tickets().update_ticket(update(changed, &["*"])).await, ErrorReason::UpdateMaskInvalid);
});

// C-004, C-107: the unassigned are a filter away; a list shows only what is within reach.
both_engines!(a_list_is_filtered_ordered_and_within_reach, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let mut tickets = Vec::new();
    for subject in ["one", "two", "three"] {
        tickets.push(made(&mia, subject).await);
    }
    mia.tickets().assign_ticket(assign(&tickets[1], "cole", &[])).await.expect("assigned");
    let list = async |caller: &Client, filter: &str, order_by: &str| {
        let (mut numbers, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListTicketsRequest {
                parent: app::account(),
                page_size: 1,
                page_token,
                filter: filter.to_owned(),
                order_by: order_by.to_owned(),
                ..v1::ListTicketsRequest::default()
            };
            let page = caller.tickets().list_tickets(request).await.expect("a page").into_inner();
            numbers.extend(page.tickets.iter().map(|ticket| ticket.number));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return numbers;
            }
        }
    };
    assert_eq!(list(&mia, "NOT owner:*", "number").await, [1, 3]);
    assert_eq!(list(&mia, "", "create_time desc, number").await, [3, 2, 1]);
    assert_eq!(list(&mia, "state = OPEN", "priority").await, [1, 2, 3]);
    assert_eq!(list(&cole, "", "").await, [2]);
    let wrong = v1::ListTicketsRequest {
        parent: app::account(),
        order_by: "subject".to_owned(),
        ..v1::ListTicketsRequest::default()
    };
    assert_refused(mia.tickets().list_tickets(wrong).await, ErrorReason::OrderByInvalid);
});
