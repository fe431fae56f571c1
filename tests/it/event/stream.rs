//! What the tests of EventService share: making events, and reading streams without waiting for time.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, watch_events_request::Start};
use tonic::{Status, Streaming};

use crate::support::app;
use crate::support::client::Client;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events as a client reads it.
pub struct Watcher(Streaming<v1::WatchEventsResponse>);

impl Watcher {
    /// Begins at `start`.
    pub async fn open(client: &Client, start: Start) -> Result<Self, Status> {
        Self::open_filtered(client, start, None).await
    }

    /// Begins at `start` with a filter.
    pub async fn open_filtered(
        client: &Client,
        start: Start,
        event_filter: Option<v1::EventFilter>,
    ) -> Result<Self, Status> {
        let request = v1::WatchEventsRequest {
            parent: app::account(),
            event_filter,
            start: Some(start),
            progress_interval: None,
        };
        Ok(Self(client.events().watch_events(request).await?.into_inner()))
    }

    /// The next answer, or why the stream ended.
    pub async fn next(&mut self) -> Result<v1::WatchEventsResponse, Status> {
        let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// Everything up to the event with this sequence, each event with its token.
    pub async fn until(&mut self, sequence: i64) -> Vec<v1::Event> {
        let mut seen: Vec<v1::Event> = Vec::new();
        while seen.last().is_none_or(|event| event.sequence < sequence) {
            seen.extend(self.next().await.expect("an answer").events);
        }
        seen
    }

    /// Everything up to the end of the log; the last token comes with it.
    pub async fn until_caught_up(&mut self) -> (Vec<v1::Event>, String) {
        let mut seen = Vec::new();
        loop {
            let answer = self.next().await.expect("an answer");
            seen.extend(answer.events);
            if answer.caught_up {
                return (seen, answer.resume_token);
            }
        }
    }

    /// Why the stream ended, whatever it says before.
    pub async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }
}

/// From the beginning of the log.
pub fn oldest() -> Start {
    Start::StartPoint(v1::StartPoint::Oldest.into())
}

/// From the end of the log.
pub fn now() -> Start {
    Start::StartPoint(v1::StartPoint::Now.into())
}

/// After a token.
pub fn after(token: &str) -> Start {
    Start::ResumeToken(token.to_owned())
}

/// Makes a ticket.
pub async fn make_ticket(client: &Client, subject: &str) -> v1::CreateTicketResponse {
    let request = v1::CreateTicketRequest {
        parent: app::account(),
        ticket: Some(app::ticket(subject)),
        ..v1::CreateTicketRequest::default()
    };
    client.tickets().create_ticket(request).await.expect("a ticket").into_inner()
}

/// The token of a ticket's making.
pub fn token_of(made: &v1::CreateTicketResponse) -> String {
    made.mutation.clone().expect("what it brought about").resume_token
}

/// The whole log as the caller sees it.
pub async fn whole_log(client: &Client) -> Vec<v1::Event> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListEventsRequest {
            parent: app::account(),
            page_size: 7,
            page_token,
            ..v1::ListEventsRequest::default()
        };
        let page = client.events().list_events(request).await.expect("a page").into_inner();
        all.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// The sequences of events.
pub fn sequences(events: &[v1::Event]) -> Vec<i64> {
    events.iter().map(|event| event.sequence).collect()
}

/// The same events without their tokens, which are sealed anew each time.
pub fn bare(events: &[v1::Event]) -> Vec<v1::Event> {
    events.iter().map(|event| v1::Event { resume_token: String::new(), ..event.clone() }).collect()
}
