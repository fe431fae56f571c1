//! Tickets that are each made exactly once, whatever happens on the way, and the check that they were.

use std::collections::BTreeSet;
use std::time::Duration;

use helpdesk::grpc::pb::v1;
use tonic::{Code, Status};

use crate::support::app;
use crate::support::client::Client;

/// The request of ticket `number`: always the same, under the same request id.
pub fn request(number: usize) -> v1::CreateTicketRequest {
    v1::CreateTicketRequest {
        parent: app::account(),
        ticket: Some(app::ticket(&format!("Case {number}"))),
        request_id: format!("0190b6a5-6f3e-7c4e-9f0a-{number:012x}"),
        ..v1::CreateTicketRequest::default()
    }
}

/// Makes ticket `number`, trying again as long as the service is away.
///
/// # Panics
/// When the service answers anything but the ticket or "try again", or stays away for a minute.
pub async fn make(client: &Client, number: usize) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let trying = async {
        loop {
            match client.tickets().create_ticket(request(number)).await {
                Ok(_) => return,
                Err(status) if may_be_tried_again(&status) => drop(pace.tick().await),
                Err(status) => panic!("ticket {number}: {status:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), trying).await.expect("the service comes back");
}

/// What a client retries: the service or its database was away, or the connection broke (then no reason of ours comes;
/// clients that cancel a great deal are sent away by the reset guard now and then).
fn may_be_tried_again(status: &Status) -> bool {
    let broken = helpdesk::grpc::status::reason(status).is_none();
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) || broken
}

/// That the account has exactly the tickets `0..count`, numbered without gap.
pub async fn check_exactly_once(client: &Client, count: usize) {
    let (mut subjects, mut numbers, mut token) = (BTreeSet::new(), Vec::new(), String::new());
    loop {
        let request = v1::ListTicketsRequest {
            parent: app::account(),
            page_size: 200,
            page_token: token,
            ..v1::ListTicketsRequest::default()
        };
        let page = client.tickets().list_tickets(request).await.expect("a page").into_inner();
        for ticket in page.tickets {
            assert!(subjects.insert(ticket.subject.clone()), "{} twice", ticket.subject);
            numbers.push(ticket.number);
        }
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    numbers.sort_unstable();
    let expected: Vec<i64> = (1..).take(count).collect();
    assert_eq!(numbers, expected, "tickets are numbered without gap");
    assert_eq!(subjects, (0..count).map(|number| format!("Case {number}")).collect());
}
