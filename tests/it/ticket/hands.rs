//! What the tests of tickets do again and again.

use helpdesk::grpc::pb::v1::{self, ChannelType};
use tonic::Status;

use crate::support::app::{self, App, user_name};
use crate::support::client::Client;
use crate::support::scene::message;

/// A ticket made by hand.
pub async fn made(caller: &Client, subject: &str) -> v1::Ticket {
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket(subject)), ..Default::default() };
    caller.tickets().create_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

/// A ticket as it is now.
pub async fn get(caller: &Client, name: &str) -> Result<v1::Ticket, Status> {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    caller.tickets().get_ticket(request).await.map(|found| found.into_inner().ticket.expect("a ticket"))
}

/// Numbers of the tickets that a filter finds.
pub async fn numbers(caller: &Client, filter: &str, show_deleted: bool) -> Vec<i64> {
    let request = v1::ListTicketsRequest {
        parent: app::account(),
        filter: filter.to_owned(),
        order_by: "number".to_owned(),
        show_deleted,
        ..Default::default()
    };
    let page = caller.tickets().list_tickets(request).await.expect("a page").into_inner();
    page.tickets.iter().map(|ticket| ticket.number).collect()
}

/// Gives a ticket to a person.
pub async fn give(caller: &Client, ticket: &str, owner: &str) -> v1::Ticket {
    let request = v1::AssignTicketRequest { name: ticket.to_owned(), owner: user_name(owner), ..Default::default() };
    caller.tickets().assign_ticket(request).await.expect("assigned").into_inner().ticket.expect("a ticket")
}

/// An app with a mail and a chat channel.
pub async fn app_with_channels(database: crate::support::databases::TestDatabase) -> App {
    let app = App::start(database).await;
    app.channel("mail", ChannelType::Email).await;
    app.channel("chat", ChannelType::Chat).await;
    app
}

/// A chat message under a key of the adapter.
pub async fn chat(app: &App, key: &str, external_id: &str, text: &str) -> v1::IngestMessageResponse {
    let mut request = message("chat", external_id, &format!("{key}@example.com"), text);
    request.message.as_mut().expect("a message").external_thread_key = key.to_owned();
    app.ingest(request).await
}

/// Sends a reply in a conversation.
pub async fn reply(caller: &Client, conversation: &str, text: &str) -> Result<v1::SendMessageResponse, Status> {
    let body = Some(v1::RichText { text: text.to_owned(), ..Default::default() });
    let request = v1::SendMessageRequest {
        parent: conversation.to_owned(),
        message: Some(v1::Message { body, ..Default::default() }),
        ..Default::default()
    };
    caller.conversations().send_message(request).await.map(tonic::Response::into_inner)
}

/// Writes a comment.
pub async fn comment(caller: &Client, conversation: &str, text: &str) -> Result<v1::Comment, Status> {
    let body = Some(v1::RichText { text: text.to_owned(), ..Default::default() });
    let request = v1::CreateCommentRequest {
        parent: conversation.to_owned(),
        comment: Some(v1::Comment { body, ..Default::default() }),
        ..Default::default()
    };
    let done = caller.conversations().create_comment(request).await?;
    Ok(done.into_inner().comment.expect("a comment"))
}

/// The messages of a conversation.
pub async fn messages(caller: &Client, conversation: &str) -> Result<Vec<v1::Message>, Status> {
    let request = v1::ListMessagesRequest { parent: conversation.to_owned(), page_size: 200, ..Default::default() };
    Ok(caller.conversations().list_messages(request).await?.into_inner().messages)
}

/// What was said on a ticket, over all its conversations, sorted.
pub async fn texts(caller: &Client, ticket: &v1::Ticket) -> Vec<String> {
    let mut found = Vec::new();
    for conversation in &ticket.conversations {
        for message in messages(caller, conversation).await.expect("messages") {
            found.push(message.body.unwrap_or_default().text);
        }
    }
    found.sort();
    found
}

/// Merges tickets into `target`.
pub async fn merge(caller: &Client, target: &str, sources: &[&str]) -> Result<v1::MergeTicketsResponse, Status> {
    let request = v1::MergeTicketsRequest {
        name: target.to_owned(),
        sources: sources.iter().map(|name| (*name).to_owned()).collect(),
        ..Default::default()
    };
    caller.tickets().merge_tickets(request).await.map(tonic::Response::into_inner)
}

/// Deletes a ticket.
pub async fn delete(caller: &Client, ticket: &str) -> Result<v1::Ticket, Status> {
    let request = v1::DeleteTicketRequest { name: ticket.to_owned(), ..Default::default() };
    let done = caller.tickets().delete_ticket(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

/// Brings a ticket back.
pub async fn undelete(caller: &Client, ticket: &str) -> Result<v1::Ticket, Status> {
    let request = v1::UndeleteTicketRequest { name: ticket.to_owned(), ..Default::default() };
    let done = caller.tickets().undelete_ticket(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

/// Takes messages out into a new ticket.
pub async fn split(caller: &Client, ticket: &str, messages: &[String]) -> Result<v1::SplitTicketResponse, Status> {
    let request = v1::SplitTicketRequest { name: ticket.to_owned(), messages: messages.to_vec(), ..Default::default() };
    caller.tickets().split_ticket(request).await.map(tonic::Response::into_inner)
}

/// A person with a Service seat who also deletes every ticket.
pub async fn chief(app: &App, id: &str) -> Client {
    use helpdesk::grpc::pb::access::{AccessLevel, Seat};
    let all = v1::TicketAccess { level: AccessLevel::All.into(), include_unassigned: true };
    let user = v1::User { seat: Seat::Service.into(), ticket_delete: Some(all), ..app::person(id, AccessLevel::All) };
    app.add_user(user, id).await
}

/// Every event of a ticket, oldest first.
pub async fn events(caller: &Client, ticket: &str) -> Vec<v1::Event> {
    let filter = v1::EventFilter { filter: format!("ticket = \"{ticket}\""), ..Default::default() };
    let request = v1::ListEventsRequest {
        parent: app::account(),
        event_filter: Some(filter),
        page_size: 200,
        ..Default::default()
    };
    caller.events().list_events(request).await.expect("events").into_inner().events
}

/// What an event says about a field.
pub fn change<'e>(event: &'e v1::Event, field: &str) -> Option<(&'e str, &'e str)> {
    let found = event.fields.iter().find(|change| change.field == field)?;
    Some((&found.before, &found.after))
}

/// Another pipeline with statuses of these categories, behind the back of the service: pipelines are made elsewhere.
pub async fn second_pipeline(app: &App, id: &str, statuses: &[(&str, &str)]) {
    use sea_orm::ConnectionTrait;
    let store = &app.running().service.store;
    let now = app.now().as_micros();
    let mut sql = format!(
        "INSERT INTO pipeline (account_id, id, display_name, position, create_time, update_time, version) \
         VALUES ('acme', '{id}', '{id}', 1, {now}, {now}, 1);"
    );
    for (position, (status, category)) in statuses.iter().enumerate() {
        sql += &format!(
            "INSERT INTO pipeline_status (account_id, pipeline_id, id, display_name, category, position, create_time, \
             update_time, version) VALUES ('acme', '{id}', '{status}', '{status}', '{category}', {position}, {now}, {now}, 1);"
        );
    }
    sql += "UPDATE account_head SET config_seq = config_seq + 1 WHERE account_id = 'acme';";
    store.writer().execute_unprepared(&sql).await.expect("the statements are good");
}
