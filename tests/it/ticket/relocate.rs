//! MoveTicket: pipelines with a status mapping, help desk and inbox.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, Area, ErrorReason, EventType, StatusCategory, TicketState};
use tonic::Status;

use super::hands::{app_with_channels, change, chat, events, get, give, made, numbers, second_pipeline};
use crate::support::app::{self, App, status_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};

const SALES: &str = "accounts/acme/pipelines/sales";

fn sales(status: &str) -> String {
    format!("{SALES}/statuses/{status}")
}

async fn relocate(caller: &Client, request: v1::MoveTicketRequest) -> Result<v1::Ticket, Status> {
    Ok(caller.tickets().move_ticket(request).await?.into_inner().ticket.expect("a ticket"))
}

fn to_sales(ticket: &v1::Ticket) -> v1::MoveTicketRequest {
    v1::MoveTicketRequest { name: ticket.name.clone(), pipeline: SALES.to_owned(), ..Default::default() }
}

fn to_area(ticket: &v1::Ticket, area: Area) -> v1::MoveTicketRequest {
    v1::MoveTicketRequest { name: ticket.name.clone(), area: area.into(), ..Default::default() }
}

async fn desk(db: TestDatabase) -> (App, Client) {
    let app = app_with_channels(db).await;
    let statuses = [("fresh", "new"), ("won", "closed"), ("lost", "closed"), ("ours", "waiting_on_us")];
    second_pipeline(&app, "sales", &statuses).await;
    let mia = app.agent("mia").await;
    (app, mia)
}

// to another pipeline; the status goes by category, by a mapping, or as it is named.
both_engines!(a_ticket_moves_to_another_pipeline_with_its_status, |db| async move {
    let (app, mia) = desk(db).await;
    let by_category = relocate(&mia, to_sales(&made(&mia, "One").await)).await.expect("moved");
    assert_eq!((by_category.pipeline.as_str(), by_category.status), (SALES, sales("fresh")));
    let mapping = |from: &str| [(status_name(from), sales("ours"))].into();
    let mapped = v1::MoveTicketRequest { status_mapping: mapping("new"), ..to_sales(&made(&mia, "Two").await) };
    let mapped = relocate(&mia, mapped).await.expect("moved");
    assert_eq!((mapped.status_category(), mapped.status), (StatusCategory::WaitingOnUs, sales("ours")));
    let gap = v1::MoveTicketRequest { status_mapping: mapping("closed"), ..to_sales(&made(&mia, "Three").await) };
    assert_refused(relocate(&mia, gap).await, ErrorReason::StatusMappingMissing);
    let named = v1::MoveTicketRequest { status: sales("won"), ..to_sales(&made(&mia, "Four").await) };
    let named = relocate(&mia, named).await.expect("moved");
    assert_eq!((named.state(), named.close_time.is_some()), (TicketState::Closed, true));
    let waiting = made(&mia, "Five").await;
    let request = v1::ChangeTicketStatusRequest {
        name: waiting.name.clone(),
        status: status_name("waiting-on-contact"),
        ..Default::default()
    };
    mia.tickets().change_ticket_status(request).await.expect("changed");
    let like = relocate(&mia, to_sales(&waiting)).await.expect("moved");
    assert_eq!(like.status, sales("fresh"), "no status of that category: the first open one");
    assert_eq!(numbers(&mia, "pipeline = sales", false).await.len(), 4);
    let closed = made(&mia, "Six").await;
    app.close(&closed.name).await;
    let before = get(&mia, &closed.name).await.expect("closed").close_time;
    let closed = relocate(&mia, to_sales(&closed)).await.expect("moved");
    assert_eq!((closed.status, closed.close_time), (sales("won"), before), "closed stays closed, as of then");
});

// nowhere, to a pipeline that is not there, or to a status of another one, nothing moves.
both_engines!(a_move_to_nowhere_is_refused, |db| async move {
    let (_app, mia) = desk(db).await;
    let ticket = made(&mia, "One").await;
    let nowhere = v1::MoveTicketRequest { name: ticket.name.clone(), ..Default::default() };
    assert_refused(relocate(&mia, nowhere.clone()).await, ErrorReason::FieldInvalid);
    let stray = v1::MoveTicketRequest { status: sales("won"), ..nowhere.clone() };
    assert_refused(relocate(&mia, stray).await, ErrorReason::FieldInvalid);
    let unknown = v1::MoveTicketRequest { pipeline: "accounts/acme/pipelines/x".to_owned(), ..nowhere };
    assert_refused(relocate(&mia, unknown).await, ErrorReason::ReferenceNotFound);
    let wrong = v1::MoveTicketRequest { status: status_name("new"), ..to_sales(&ticket) };
    assert_refused(relocate(&mia, wrong).await, ErrorReason::StatusNotInPipeline);
    let stale = v1::MoveTicketRequest { etag: "\"0\"".to_owned(), ..to_sales(&ticket) };
    assert_refused(relocate(&mia, stale).await, ErrorReason::EtagMismatch);
    let same = v1::MoveTicketRequest { pipeline: app::pipeline_name(), ..to_sales(&ticket) };
    assert_eq!(relocate(&mia, same).await.expect("it is there"), ticket, "nothing changes");
    assert_eq!(events(&mia, &ticket.name).await.len(), 1);
});

// R-035, C-020: between help desk and inbox with its threads; the owner stays who has access there.
both_engines!(a_ticket_moves_between_help_desk_and_inbox, |db| async move {
    let (app, mia) = desk(db).await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    assert_eq!(ticket.area(), Area::HelpDesk);
    give(&mia, &ticket.name, "mia").await;
    let there = relocate(&mia, to_area(&ticket, Area::Inbox)).await.expect("moved");
    assert_eq!((there.area(), &there.owner), (Area::Inbox, &user_name("mia")), "a Service seat works in both");
    assert_eq!(there.conversations, ticket.conversations);
    let next = chat(&app, "ann", "2", "Still me").await;
    assert_eq!(next.ticket.expect("a ticket").name, ticket.name, "its thread came along");
    assert_eq!(numbers(&mia, "area = INBOX", false).await, [ticket.number]);
    relocate(&mia, to_area(&ticket, Area::HelpDesk)).await.expect("moved back");
    app.collaborator("cole", AccessLevel::Owned).await;
    give(&mia, &ticket.name, "cole").await;
    let left = relocate(&mia, to_area(&ticket, Area::Inbox)).await.expect("moved");
    assert_eq!(left.owner, "", "no seat, no work in the inbox; routing does not run");
    let core = v1::User { seat: Seat::Core.into(), service_access: true, ..app::person("core", AccessLevel::Owned) };
    app.add_user(core, "core").await;
    give(&mia, &ticket.name, "core").await;
    let back = relocate(&mia, to_area(&ticket, Area::HelpDesk)).await.expect("moved");
    assert_eq!(back.owner, user_name("core"));
    let told = events(&mia, &ticket.name).await;
    let moves: Vec<_> = told.iter().filter(|event| event.r#type() == EventType::TicketMoved).collect();
    assert_eq!(change(moves[0], "area"), Some(("HELP_DESK", "INBOX")));
    assert_eq!(told.iter().filter(|event| event.r#type() == EventType::TicketUnassigned).count(), 1);
});
