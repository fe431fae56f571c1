//! Turns of customer agents on the wire.

use crate::domain::conversation::Conversation;
use crate::domain::ids::{AccountId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::turns::Turn;
use crate::grpc::convert::{conversation as convert, handoff_triggers, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::customer_agents::{Acknowledge, Acted, Assign, Fail, OpenTurn, Report, TurnNews, TurnRef};
use crate::service::desk::version_of;
use crate::service::grant::Grant;

/// A turn as callers see it, without its message.
fn turn(account: &AccountId, conversation: &Conversation, turn: &Turn) -> v1::Turn {
    let state = if turn.taken.is_some() { v1::TurnState::Taken } else { v1::TurnState::Waiting };
    v1::Turn {
        name: Name::Turn(conversation.id, turn.message).within(account),
        conversation: Name::Conversation(conversation.id).within(account),
        ticket: conversation.ticket.map(|number| Name::Ticket(number).within(account)).unwrap_or_default(),
        message: None,
        control_epoch: conversation.control.epoch,
        state: state.into(),
        acknowledge_by_time: turn.take_by.map(timestamp),
        acknowledge_time: turn.taken.map(timestamp),
        failure_count: i32::try_from(turn.failures).unwrap_or(i32::MAX),
        create_time: Some(timestamp(turn.begin)),
    }
}

fn open_turn(account: &AccountId, open: &OpenTurn) -> v1::Turn {
    let message = Some(convert::message(account, &open.message));
    v1::Turn { message, ..turn(account, &open.conversation, &open.turn) }
}

/// The open turn of a message in its conversation.
pub fn turn_of(account: &AccountId, conversation: &Conversation, message: MessageId) -> Option<v1::Turn> {
    conversation.held()?.turn(message).map(|found| turn(account, conversation, found))
}

/// An answer of the stream.
pub fn news(account: &AccountId, news: &TurnNews, resume_token: String) -> v1::WatchTurnsResponse {
    let over = news.over.iter().map(|(conversation, message)| Name::Turn(*conversation, *message).within(account));
    v1::WatchTurnsResponse {
        turns: news.turns.iter().map(|open| open_turn(account, open)).collect(),
        ended_turns: over.collect(),
        reset: news.reset,
        paused: news.paused,
        resume_token,
        caught_up: news.caught_up,
        progress: news.progress,
    }
}

fn turn_ref(grant: &Grant, text: &str, epoch: i64) -> Result<TurnRef, Rejection> {
    let (conversation, message) = name::turn(grant, "name", text)?;
    Ok(TurnRef { conversation, message, epoch })
}

/// The use case of an `AcknowledgeTurn` request, with the message of the turn.
///
/// # Errors
/// A name that is none.
pub fn acknowledge(grant: &Grant, request: &v1::AcknowledgeTurnRequest) -> Result<Acknowledge, Rejection> {
    turn_ref(grant, &request.name, request.control_epoch).map(Acknowledge)
}

/// The use case of a `FailTurn` request.
///
/// # Errors
/// A name that is none.
pub fn fail(grant: &Grant, request: v1::FailTurnRequest) -> Result<Fail, Rejection> {
    let v1::FailTurnRequest { name, control_epoch, .. } = request;
    turn_ref(grant, &name, control_epoch).map(Fail)
}

/// The use case of a `ReportSignals` request.
///
/// # Errors
/// A name that is none.
pub fn report(grant: &Grant, request: v1::ReportSignalsRequest) -> Result<Report, Rejection> {
    let v1::ReportSignalsRequest { name, control_epoch, signals, .. } = request;
    let signals = handoff_triggers::signals(signals.as_ref());
    Ok(Report { turn: turn_ref(grant, &name, control_epoch)?, signals })
}

/// The answer to a `FailTurn` request.
pub fn failed(grant: &Grant, acted: &Acted) -> v1::FailTurnResponse {
    v1::FailTurnResponse {
        fired: acted.fired.iter().map(handoff_triggers::fired).collect(),
        controller: controller(grant, acted),
        mutation: None,
    }
}

/// The answer to a `ReportSignals` request.
pub fn reported(grant: &Grant, acted: &Acted) -> v1::ReportSignalsResponse {
    v1::ReportSignalsResponse {
        fired: acted.fired.iter().map(handoff_triggers::fired).collect(),
        controller: controller(grant, acted),
        mutation: None,
    }
}

fn controller(grant: &Grant, acted: &Acted) -> Option<v1::Controller> {
    grant.account().ok().map(|account| convert::controller(account, &acted.conversation.control))
}

/// The use case of an `AssignConversation` request; `last` is the newest message of the conversation.
///
/// # Errors
/// A name that is none, and a reference that cannot exist.
pub fn assign(
    grant: &Grant,
    request: &v1::AssignConversationRequest,
    last: Option<MessageId>,
) -> Result<Assign, Rejection> {
    let agent = name::customer_agent_ref(grant, "customer_agent", &request.customer_agent)?;
    Ok(Assign {
        conversation: name::conversation(grant, "conversation", &request.conversation)?,
        agent: name::required("customer_agent", agent)?,
        epoch: convert::epoch(request.control_epoch),
        etag: version_of(&request.etag),
        last,
    })
}
