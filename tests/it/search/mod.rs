//! SearchTickets: what is found, by whom, and how the index follows the log.

mod agreement;
mod follow;
mod queries;
mod reach;

use std::time::Duration;

use helpdesk::domain::ids::AccountId;
use helpdesk::grpc::pb::v1;
use helpdesk::storage::read::events;
use tonic::Status;

use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::scene::message;

/// A search as it is asked.
fn asked(query: &str) -> v1::SearchTicketsRequest {
    v1::SearchTicketsRequest { parent: app::account(), query: query.to_owned(), ..Default::default() }
}

/// Asks once.
async fn ask(caller: &Client, request: v1::SearchTicketsRequest) -> Result<v1::SearchTicketsResponse, Status> {
    caller.tickets().search_tickets(request).await.map(tonic::Response::into_inner)
}

/// Asks until the index has read all that happened before the first time.
async fn settled(app: &App, caller: &Client, request: v1::SearchTicketsRequest) -> v1::SearchTicketsResponse {
    let account = AccountId::parse(request.parent.trim_start_matches("accounts/")).expect("an account");
    let head = events::head(&app.running().service.store, &account).await.expect("a head").expect("an account");
    let answer = async {
        loop {
            let answer = ask(caller, request.clone()).await.expect("an answer");
            if answer.index_sequence >= head.last {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answer).await.expect("the index follows")
}

/// Numbers of the tickets that a query finds, best first.
async fn found(app: &App, caller: &Client, query: &str) -> Vec<i64> {
    numbers(&settled(app, caller, asked(query)).await)
}

fn numbers(answer: &v1::SearchTicketsResponse) -> Vec<i64> {
    answer.hits.iter().filter_map(|hit| hit.ticket.as_ref()).map(|ticket| ticket.number).collect()
}

async fn made(caller: &Client, ticket: v1::Ticket) -> v1::Ticket {
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    caller.tickets().create_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

async fn with_subject(caller: &Client, subject: &str) -> i64 {
    made(caller, app::ticket(subject)).await.number
}

/// A ticket that a mail makes.
async fn mailed(app: &App, id: &str, subject: &str, text: &str) -> v1::Ticket {
    let mut request = message("mail", id, "ada@example.com", text);
    subject.clone_into(&mut request.message.as_mut().expect("a message").subject);
    app.ingest(request).await.ticket.expect("a ticket")
}

async fn comment(caller: &Client, conversation: &str, text: &str) -> v1::Comment {
    let body = Some(v1::RichText { text: text.to_owned(), ..Default::default() });
    let comment = Some(v1::Comment { body, ..Default::default() });
    let request = v1::CreateCommentRequest { parent: conversation.to_owned(), comment, ..Default::default() };
    let made = caller.conversations().create_comment(request).await.expect("a comment");
    made.into_inner().comment.expect("a comment")
}
