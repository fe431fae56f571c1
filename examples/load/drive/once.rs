//! Calls that can be made once each: shared among clients, each of whom waits for an answer before its next call, or coming
//! evenly however long the answers take.

use std::time::{Duration, Instant};

use helpdesk::grpc::pb::v1::handoff_service_client::HandoffServiceClient;
use helpdesk::grpc::pb::v1::ticket_service_client::TicketServiceClient;
use helpdesk::grpc::pb::v1::{self as api, HandoffReason, RequestedReason};
use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::Channel;

use super::call::new_request_id;
use super::closed::{Measured, note};
use super::open::CONNECTIONS;
use super::{Bearer, Target, connect};
use crate::Result;
use crate::measure::{Meter, Tally};

/// A call of which each changes something else.
#[derive(Debug, Clone)]
pub enum Once {
    /// Gives a ticket to a person.
    Assign {
        /// Name of the ticket.
        ticket: String,
        /// Name of the person.
        owner: String,
    },
    /// Asks for a hand-off, which is to be assigned in the same transaction.
    HandOff {
        /// Name of the conversation.
        conversation: String,
    },
}

/// Makes all calls with so many clients, each on a connection of its own, and measures them.
pub async fn once(target: &Target, by: &Bearer, clients: u16, calls: Vec<Once>) -> Result<Measured> {
    let share = calls.len().div_ceil(usize::from(clients)).max(1);
    let mut shares = Vec::new();
    for calls in calls.chunks(share) {
        shares.push((connect(&target.address).await?, calls.to_vec()));
    }
    let (meter, begin) = (Meter::start(target.watched), Instant::now());
    let mut works = JoinSet::new();
    for (channel, calls) in shares {
        works.spawn(client(channel, by.clone(), calls));
    }
    let mut tally = Tally::default();
    while let Some(seen) = works.join_next().await {
        tally.merge(seen?);
    }
    let (cost, length) = (meter.stop(), begin.elapsed());
    Ok(Measured { summary: tally.summary(length), cost })
}

/// Makes so many calls a second, evenly, and measures them from the moment that each is due.
pub async fn once_evenly(target: &Target, by: &Bearer, per_second: f64, calls: Vec<Once>) -> Result<Measured> {
    let mut channels = Vec::new();
    for _ in 0..CONNECTIONS {
        channels.push(connect(&target.address).await?);
    }
    let gap = Duration::from_secs_f64(1.0 / per_second.max(1.0));
    let (meter, begin) = (Meter::start(target.watched), Instant::now());
    let (mut due, mut works) = (begin, JoinSet::new());
    for (call, channel) in calls.into_iter().zip(channels.iter().cycle()) {
        tokio::time::sleep_until(due.into()).await;
        works.spawn(on_time(channel.clone(), by.clone(), call, due));
        due += gap;
    }
    let mut tally = Tally::default();
    while let Some(seen) = works.join_next().await {
        tally.merge(seen?);
    }
    let (cost, length) = (meter.stop(), begin.elapsed());
    Ok(Measured { summary: tally.summary(length), cost })
}

async fn on_time(channel: Channel, by: Bearer, call: Once, due: Instant) -> Tally {
    let mut tally = Tally::default();
    let answer = make(&channel, &by, call).await;
    note(&mut tally, &answer, due.elapsed());
    tally
}

async fn client(channel: Channel, by: Bearer, calls: Vec<Once>) -> Tally {
    let mut tally = Tally::default();
    for call in calls {
        let begin = Instant::now();
        let answer = make(&channel, &by, call).await;
        note(&mut tally, &answer, begin.elapsed());
    }
    tally
}

async fn make(channel: &Channel, by: &Bearer, call: Once) -> std::result::Result<(), Status> {
    let request_id = new_request_id();
    match call {
        Once::Assign { ticket, owner } => {
            let request = api::AssignTicketRequest { name: ticket, owner, request_id, ..Default::default() };
            TicketServiceClient::new(channel.clone()).assign_ticket(by.put_on(request)).await.map(drop)
        }
        Once::HandOff { conversation } => {
            let reason = RequestedReason { reason: HandoffReason::ContactAsked.into(), ..Default::default() };
            let reasons = vec![reason];
            let request = api::RequestHandoffRequest { conversation, reasons, request_id, ..Default::default() };
            let answer = HandoffServiceClient::new(channel.clone()).request_handoff(by.put_on(request)).await?;
            let handoff = answer.into_inner().handoff.unwrap_or_default();
            if handoff.user.is_empty() { Err(Status::data_loss("nobody got it")) } else { Ok(()) }
        }
    }
}
