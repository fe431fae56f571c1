//! F-05: the disk is full, on SQLite; then there is room again.

use std::collections::BTreeSet;

use helpdesk::grpc::pb::v1;
use sea_orm::{ConnectionTrait, Statement};
use tonic::Code;

use super::workload::request;
use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::TestDatabase;
use crate::support::gate::Gate;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_what_is_acknowledged_afterwards_is_stored() {
    let app = App::start(TestDatabase::sqlite("full")).await;
    let mia = app.agent("mia").await;
    let mut stored = BTreeSet::new();
    for round in 0..4 {
        let full = pages(&app).await + 20;
        limit(&app, full).await;
        let mut refused = 0;
        for number in 0..400 {
            match mia.tickets().create_ticket(bulky(round * 1_000 + number)).await {
                Ok(made) => drop(stored.insert(made.into_inner().ticket.expect("a ticket").number)),
                Err(status) => {
                    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                    refused += 1;
                    // A refusal of another kind in between ends its transaction too.
                    let absent = v1::CloseTicketRequest {
                        name: format!("{}/tickets/9999", app::account()),
                        ..Default::default()
                    };
                    mia.tickets().close_ticket(absent).await.expect_err("there is none");
                    // The limit belongs to a connection, and the service took a new one.
                    limit(&app, full).await;
                }
            }
            if refused == 5 {
                break;
            }
        }
        assert_eq!(refused, 5, "the disk is full");
        limit(&app, 1 << 30).await;
        // The service needs no restart, and its word counts again.
        let made = mia.tickets().create_ticket(bulky(round * 1_000 + 999)).await.expect("there is room").into_inner();
        stored.insert(made.ticket.expect("a ticket").number);
        assert_eq!(numbers(&mia).await, stored, "read by others than the writer");
    }
}

fn bulky(number: usize) -> v1::CreateTicketRequest {
    let mut request = request(number);
    if let Some(ticket) = &mut request.ticket {
        ticket.description = "every word takes room ".repeat(500);
    }
    request
}

async fn pages(app: &App) -> i64 {
    let store = &app.running().service.store;
    let statement = Statement::from_string(store.backend(), "PRAGMA page_count");
    let row = store.reader().query_one_raw(statement).await.expect("read").expect("a row");
    row.try_get("", "page_count").expect("a number")
}

/// Lets the file grow to so many pages: a full disk, as far as the writer can tell.
async fn limit(app: &App, pages: i64) {
    let store = &app.running().service.store;
    store.writer().execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.expect("set");
}

async fn numbers(client: &Client) -> BTreeSet<i64> {
    let request = v1::ListTicketsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let page = client.tickets().list_tickets(request).await.expect("a page").into_inner();
    assert!(page.next_page_token.is_empty(), "one page holds them");
    page.tickets.iter().map(|ticket| ticket.number).collect()
}

/// SQLite ends a transaction by itself when a write to the disk fails; here a trigger makes it.
async fn break_on(app: &App, subject: &str) {
    let trigger = format!(
        "CREATE TRIGGER breaks BEFORE INSERT ON ticket WHEN NEW.subject = '{subject}' \
         BEGIN SELECT RAISE(ROLLBACK, 'the disk fails'); END"
    );
    app.running().service.store.writer().execute_unprepared(&trigger).await.expect("a trigger");
}

fn subject(account: &str, subject: &str) -> v1::CreateTicketRequest {
    let mut ticket = app::ticket(subject);
    for name in [&mut ticket.pipeline, &mut ticket.status] {
        *name = name.replace(&app::account(), &format!("accounts/{account}"));
    }
    v1::CreateTicketRequest { parent: format!("accounts/{account}"), ticket: Some(ticket), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_the_database_ended_takes_nothing_later_along() {
    let app = App::start(TestDatabase::sqlite("broken")).await;
    let mia = app.agent("mia").await;
    break_on(&app, "break").await;
    let absent = v1::CloseTicketRequest { name: format!("{}/tickets/9999", app::account()), ..Default::default() };
    for number in 1..4 {
        mia.tickets().create_ticket(subject(app::ACCOUNT, "break")).await.expect_err("the disk fails");
        mia.tickets().close_ticket(absent.clone()).await.expect_err("there is none");
        mia.tickets().create_ticket(request(number)).await.expect("made");
        assert_eq!(numbers(&mia).await.len(), number, "read by others than the writer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_account_is_told_what_became_of_its_part_of_a_broken_transaction() {
    let app = App::start(TestDatabase::sqlite("broken-together")).await;
    let mut keys = Vec::new();
    for account in ["one", "two", "three", "four"] {
        keys.push((account, app.caller(&app.new_account(account).await)));
    }
    break_on(&app, "break").await;
    let lanes = &app.running().service.lanes;
    let gate = Gate::close(lanes, app::ACCOUNT).await;
    let calls = futures_util::future::join_all(keys.iter().map(async |(account, caller)| {
        let text = if *account == "two" { "break" } else { "sound" };
        caller.tickets().create_ticket(subject(account, text)).await
    }));
    let (answers, ()) = tokio::join!(calls, gate.open_for(lanes, 4));
    for ((account, caller), answer) in keys.iter().zip(answers) {
        let request = v1::ListTicketsRequest { parent: format!("accounts/{account}"), ..Default::default() };
        let there = !caller.tickets().list_tickets(request).await.expect("a page").into_inner().tickets.is_empty();
        assert_eq!(there, answer.is_ok(), "{account}: {answer:?}");
    }
}
