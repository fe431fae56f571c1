//! Sending the questions: each a conversation of its own, one in ten twice at the same instant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::desk::CHANNEL;
use super::tenth::Planned;
use crate::cli::CliError;
use crate::client::{CallError, Connection, Patience, until_answered};
use crate::grpc::pb::v1::inbound_sender::Point;
use crate::grpc::pb::v1::{InboundMessage, InboundSender, IngestMessageRequest, RichText};

/// One question in so many is sent twice.
const TWICE: usize = 10;

/// Sends all; the conversation of each, by the number of the question.
///
/// # Errors
/// The first refusal.
pub async fn send(
    connections: &[Connection],
    account: &str,
    plan: &Arc<Vec<Planned>>,
    (clients, patience): (usize, Patience),
) -> Result<BTreeMap<usize, String>, CliError> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut works = JoinSet::new();
    for number in 0..clients {
        let connection = connections[number % connections.len()].clone();
        let (plan, next, account) = (Arc::clone(plan), Arc::clone(&next), account.to_owned());
        works.spawn(async move {
            let mut sent = BTreeMap::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(planned) = plan.get(number) else { return Ok::<_, CallError>(sent) };
                let request = request(&account, number, planned);
                let one = once(&connection, request.clone(), patience);
                let conversation = if number % TWICE == 0 {
                    tokio::try_join!(one, once(&connection, request, patience))?.0
                } else {
                    one.await?
                };
                sent.insert(number, conversation);
            }
        });
    }
    let mut all = BTreeMap::new();
    while let Some(sent) = works.join_next().await {
        all.append(&mut sent.map_err(CliError::failed)??);
    }
    Ok(all)
}

async fn once(connection: &Connection, request: IngestMessageRequest, patience: Patience) -> Result<String, CallError> {
    let calls = || connection.ingress();
    let answer = until_answered(patience, async || calls().ingest_message(request.clone()).await).await?;
    let name = answer.message.unwrap_or_default().name;
    Ok(name.split("/messages/").next().unwrap_or_default().to_owned())
}

fn request(account: &str, number: usize, planned: &Planned) -> IngestMessageRequest {
    let sender = InboundSender {
        display_name: format!("Customer {number}"),
        point: Some(Point::Handle(format!("customer-{number}"))),
        ..InboundSender::default()
    };
    let message = InboundMessage {
        external_id: planned.id.clone(),
        external_thread_key: planned.id.clone(),
        sender: Some(sender),
        body: Some(RichText { text: planned.text.clone(), html: String::new() }),
        ..InboundMessage::default()
    };
    let channel = format!("{account}/channels/{CHANNEL}");
    IngestMessageRequest { channel, message: Some(message), ..IngestMessageRequest::default() }
}
