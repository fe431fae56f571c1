//! Words and people that the tests of conversations share.

use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};

use crate::support::app::{self, App, channel_name};
use crate::support::client::Client;

/// A text.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a field")]
pub fn text(text: &str) -> Option<v1::RichText> {
    Some(v1::RichText { text: text.to_owned(), html: String::new() })
}

/// A message from a point, on a channel.
pub fn from(channel: &str, external_id: &str, point: Point) -> v1::IngestMessageRequest {
    let sender = v1::InboundSender { point: Some(point), ..v1::InboundSender::default() };
    said(channel, external_id, sender)
}

/// A message of a browser that nobody knows.
pub fn from_browser(channel: &str, external_id: &str, browser: &str) -> v1::IngestMessageRequest {
    let sender = v1::InboundSender {
        display_name: "Somebody".to_owned(),
        cookie: format!("the cookie of {browser}"),
        ..v1::InboundSender::default()
    };
    said(channel, external_id, sender)
}

fn said(channel: &str, external_id: &str, sender: v1::InboundSender) -> v1::IngestMessageRequest {
    let message = v1::InboundMessage {
        external_id: external_id.to_owned(),
        sender: Some(sender),
        body: text("Where is my card?"),
        ..v1::InboundMessage::default()
    };
    v1::IngestMessageRequest { channel: channel_name(channel), message: Some(message), ..Default::default() }
}

/// The conversation of an inbound message's answer.
pub fn conversation_of(answer: &v1::IngestMessageResponse) -> String {
    let message = answer.message.as_ref().expect("a message");
    message.name.split("/messages/").next().expect("a parent").to_owned()
}

/// A reply to a conversation or a ticket.
pub fn reply(parent: &str, words: &str) -> v1::SendMessageRequest {
    let message = Some(v1::Message { body: text(words), ..v1::Message::default() });
    v1::SendMessageRequest { parent: parent.to_owned(), message, ..Default::default() }
}

/// Sends a reply.
pub async fn send(caller: &Client, request: v1::SendMessageRequest) -> v1::SendMessageResponse {
    caller.conversations().send_message(request).await.expect("it is sent").into_inner()
}

/// Reads a conversation.
pub async fn conversation(caller: &Client, name: &str) -> v1::Conversation {
    let request = v1::GetConversationRequest { name: name.to_owned() };
    let answer = caller.conversations().get_conversation(request).await.expect("a conversation").into_inner();
    answer.conversation.expect("a conversation")
}

/// Reads a ticket.
pub async fn ticket(caller: &Client, name: &str) -> v1::Ticket {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    caller.tickets().get_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

/// A ticket made by hand.
pub async fn manual_ticket(caller: &Client, subject: &str) -> v1::Ticket {
    let ticket = Some(app::ticket(subject));
    let request = v1::CreateTicketRequest { parent: app::account(), ticket, ..Default::default() };
    caller.tickets().create_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

/// What an account's event log says of one type.
pub async fn events(app: &App, kind: v1::EventType) -> Vec<v1::Event> {
    let filter = v1::EventFilter { types: vec![kind.into()], filter: String::new() };
    let request = v1::ListEventsRequest { parent: app::account(), event_filter: Some(filter), ..Default::default() };
    app.root().events().list_events(request).await.expect("a page").into_inner().events
}
