//! Batches of tickets on the wire: each result is a ticket or why not.

use std::collections::BTreeMap;

use prost::Message;
use tonic::Status;

use crate::domain::ids::TicketNumber;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::grpc::convert::{name, ticket as convert};
use crate::grpc::pb::google::rpc;
use crate::grpc::pb::v1::{self, batch_ticket_result::Result as Outcome};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::tickets::{self, Assign, Batch, Delete, Update};

/// What became of each ticket.
pub fn results(grant: &Grant, done: Vec<Result<Ticket, Rejection>>) -> Vec<v1::BatchTicketResult> {
    done.into_iter().map(|one| result(grant, one)).collect()
}

fn result(grant: &Grant, done: Result<Ticket, Rejection>) -> v1::BatchTicketResult {
    let done = done.and_then(|ticket| Ok(convert::ticket(grant.account()?, &ticket)));
    let result = match done {
        // A hundred long descriptions are more than one answer holds.
        Ok(ticket) => Outcome::Ticket(v1::Ticket { description: String::new(), ..ticket }),
        Err(rejection) => Outcome::Error(error(rejection)),
    };
    v1::BatchTicketResult { result: Some(result) }
}

/// A refusal as the answer to a single call would carry it: its details are this very message.
pub fn error(rejection: Rejection) -> rpc::Status {
    let status = Status::from(rejection);
    let bare = || rpc::Status { code: status.code().into(), message: status.message().to_owned(), details: Vec::new() };
    rpc::Status::decode(status.details()).ok().filter(|found| found.code != 0).unwrap_or_else(bare)
}

/// The tickets of a `BatchGetTickets` request. A name in another account is one that is not there.
///
/// # Errors
/// The storage's.
pub async fn get(service: &Service, grant: &Grant, names: &[String]) -> Result<Vec<v1::BatchTicketResult>, Rejection> {
    let asked: Vec<Result<TicketNumber, Rejection>> =
        names.iter().map(|text| name::ticket(grant, "names", text)).collect();
    let numbers: Vec<TicketNumber> = asked.iter().flatten().copied().collect();
    let found = tickets::many(service, grant, &numbers).await?;
    let mut found: BTreeMap<TicketNumber, _> = numbers.into_iter().zip(found).collect();
    let missing = || Rejection::Internal("a ticket without answer".to_owned());
    let one = |asked: Result<TicketNumber, _>| asked.and_then(|it| found.remove(&it).unwrap_or_else(|| Err(missing())));
    Ok(results(grant, asked.into_iter().map(one).collect()))
}

/// The use case of a `BatchUpdateTickets` request.
///
/// # Errors
/// An account that is another one's.
pub fn update(grant: &Grant, request: v1::BatchUpdateTicketsRequest) -> Result<Batch<Update>, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let one = |change: v1::TicketUpdate| {
        let v1::TicketUpdate { ticket, update_mask } = change;
        convert::update(grant, v1::UpdateTicketRequest { ticket, update_mask, ..v1::UpdateTicketRequest::default() })
    };
    Ok(Batch(request.changes.into_iter().map(one).collect()))
}

/// The use case of a `BatchAssignTickets` request.
///
/// # Errors
/// An account that is another one's.
pub fn assign(grant: &Grant, request: v1::BatchAssignTicketsRequest) -> Result<Batch<Assign>, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let one = |change: v1::TicketAssignment| {
        let v1::TicketAssignment { name, owner, teams, etag } = change;
        let default = v1::AssignTicketRequest::default();
        convert::assign(grant, v1::AssignTicketRequest { name, owner, teams, etag, ..default })
    };
    Ok(Batch(request.changes.into_iter().map(one).collect()))
}

/// The use case of a `BatchDeleteTickets` request.
///
/// # Errors
/// An account that is another one's.
pub fn delete(grant: &Grant, request: v1::BatchDeleteTicketsRequest) -> Result<Batch<Delete>, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let one = |change: v1::TicketDeletion| super::ticket_life::deletion(grant, &change.name, &change.etag);
    Ok(Batch(request.changes.into_iter().map(one).collect()))
}
