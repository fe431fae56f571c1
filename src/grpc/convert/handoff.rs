//! Hand-offs on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use super::conversation::controller;
use crate::domain::handoff::{
    Context, Digest, Facts, Fired, Handoff, MOST_CONTEXT, Mode, Outcome, Reason, Said, State,
};
use crate::domain::ids::{AccountId, ConversationId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::{name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::etag;
use crate::service::grant::Grant;
use crate::service::handoffs::{
    Accept, Acted, Cancel, Check, Checked, Complete, Decline, HandoffNews, Request, Return, Transfer,
};

/// Characters of the name and of the value of a fact.
const LONGEST_FACT: (usize, usize) = (100, 2_000);

/// A hand-off as callers see it.
pub fn handoff(account: &AccountId, found: &Handoff) -> v1::Handoff {
    let full = |name: Name| name.within(account);
    let message = |id| full(Name::Message(found.conversation, id));
    v1::Handoff {
        name: full(Name::Handoff(found.id)),
        conversation: full(Name::Conversation(found.conversation)),
        customer_agent: found.agent().map(|id| full(Name::CustomerAgent(id.clone()))).unwrap_or_default(),
        state: state(found.state).into(),
        mode: mode(found.mode).into(),
        facts: Some(facts(&found.facts)),
        reason: found.reasons.first().map_or(v1::HandoffReason::Unspecified, |fired| reason(fired.reason)).into(),
        reasons: found.reasons.all().iter().map(fired).collect(),
        context: Some(context(&found.context)),
        user: found.user.as_ref().map(|id| full(Name::User(id.clone()))).unwrap_or_default(),
        routing_decision: found.decision.map(|(ticket, id)| full(Name::Decision(ticket, id))).unwrap_or_default(),
        told: found.said.map_or(v1::HandoffMessage::Unspecified, said).into(),
        transition_message: found.message.map(message).unwrap_or_default(),
        expire_time: ends(found).map(timestamp),
        transfer_count: i32::try_from(found.transfers).unwrap_or(i32::MAX),
        outcome: found.outcome.map_or(v1::HandoffOutcome::Unspecified, outcome).into(),
        digest: found.digest.as_ref().map(|digested| digest(account, found.conversation, digested)),
        offer_time: found.times.offer.map(timestamp),
        accept_time: found.times.accept.map(timestamp),
        first_human_reply_time: found.times.first_reply.map(timestamp),
        end_time: found.times.end.map(timestamp),
        create_time: Some(timestamp(found.create_time)),
        update_time: Some(timestamp(found.update_time)),
        etag: etag(found.version),
    }
}

fn ends(found: &Handoff) -> Option<crate::domain::time::Timestamp> {
    if found.state == State::Offered { found.due } else { found.expire }
}

fn state(state: State) -> v1::HandoffState {
    match state {
        State::Requested => v1::HandoffState::Requested,
        State::Offered => v1::HandoffState::Offered,
        State::Accepting => v1::HandoffState::Accepting,
        State::QueuedAsync => v1::HandoffState::QueuedAsync,
        State::HumanActive => v1::HandoffState::HumanActive,
        State::Returned => v1::HandoffState::Returned,
        State::Completed => v1::HandoffState::Completed,
        State::Declined => v1::HandoffState::Declined,
        State::Expired => v1::HandoffState::Expired,
        State::Cancelled => v1::HandoffState::Cancelled,
        State::Failed => v1::HandoffState::Failed,
    }
}

fn mode(mode: Mode) -> v1::HandoffMode {
    match mode {
        Mode::Live => v1::HandoffMode::Live,
        Mode::Async => v1::HandoffMode::Async,
        Mode::None => v1::HandoffMode::None,
    }
}

fn outcome(outcome: Outcome) -> v1::HandoffOutcome {
    match outcome {
        Outcome::Resolved => v1::HandoffOutcome::Resolved,
        Outcome::Returned => v1::HandoffOutcome::Returned,
        Outcome::Nobody => v1::HandoffOutcome::Nobody,
        Outcome::CalledOff => v1::HandoffOutcome::CalledOff,
        Outcome::NotHandedOff => v1::HandoffOutcome::NotHandedOff,
        Outcome::Abandoned => v1::HandoffOutcome::Abandoned,
    }
}

fn said(said: Said) -> v1::HandoffMessage {
    match said {
        Said::Available => v1::HandoffMessage::Available,
        Said::Unavailable => v1::HandoffMessage::Unavailable,
        Said::NotAssigned => v1::HandoffMessage::NotAssigned,
    }
}

/// A reason on the wire.
pub fn reason(reason: Reason) -> v1::HandoffReason {
    match reason {
        Reason::ContactAsked => v1::HandoffReason::ContactAsked,
        Reason::Phrase => v1::HandoffReason::Phrase,
        Reason::CannotAnswer => v1::HandoffReason::CannotAnswer,
        Reason::AgentPaused => v1::HandoffReason::AgentPaused,
        Reason::AgentFailed => v1::HandoffReason::AgentFailed,
        Reason::TurnLimit => v1::HandoffReason::TurnLimit,
        Reason::Loop => v1::HandoffReason::Loop,
        Reason::Sentiment => v1::HandoffReason::Sentiment,
        Reason::Inactivity => v1::HandoffReason::Inactivity,
        Reason::Workflow => v1::HandoffReason::Workflow,
        Reason::Requested => v1::HandoffReason::Requested,
    }
}

fn reason_of(wire: v1::HandoffReason) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|known| reason(*known) == wire)
}

fn fired(fired: &Fired) -> v1::FiredReason {
    v1::FiredReason {
        reason: reason(fired.reason).into(),
        text: fired.text.clone(),
        trigger: fired.trigger.clone(),
        fire_time: Some(timestamp(fired.time)),
    }
}

fn facts(facts: &Facts) -> v1::HandoffFacts {
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    v1::HandoffFacts {
        eligible_count: count(facts.eligible),
        available_count: count(facts.available),
        next_open_time: facts.next_open.map(timestamp),
        check_time: facts.time.map(timestamp),
    }
}

fn context(context: &Context) -> v1::HandoffContext {
    v1::HandoffContext {
        summary: context.summary.clone(),
        intent: context.intent.clone(),
        facts: context.facts.clone().into_iter().collect(),
        language_code: context.language.clone(),
    }
}

fn digest(account: &AccountId, conversation: ConversationId, digest: &Digest) -> v1::HandoffDigest {
    let message = |id| Name::Message(conversation, id).within(account);
    v1::HandoffDigest {
        note: digest.note.clone(),
        messages: digest.messages.iter().copied().map(message).collect(),
        message_count: i32::try_from(digest.message_count).unwrap_or(i32::MAX),
        user: digest.user.as_ref().map(|id| Name::User(id.clone()).within(account)).unwrap_or_default(),
        start_time: digest.start.map(timestamp),
        end_time: digest.end.map(timestamp),
    }
}

/// An answer of a stream.
pub fn news(account: &AccountId, news: &HandoffNews, resume_token: String) -> v1::WatchHandoffsResponse {
    v1::WatchHandoffsResponse {
        handoffs: news.handoffs.iter().map(|found| handoff(account, found)).collect(),
        resume_token,
        caught_up: news.caught_up,
        progress: news.handoffs.is_empty(),
    }
}

/// A hand-off and who has control, for answers.
pub fn told(grant: &Grant, acted: &Acted) -> (Option<v1::Handoff>, Option<v1::Controller>) {
    match grant.account() {
        Ok(account) => (Some(handoff(account, &acted.handoff)), Some(controller(account, &acted.conversation.control))),
        Err(_) => (None, None),
    }
}

/// The use case of a `RequestHandoff` request.
///
/// # Errors
/// Fields that break a rule.
pub fn request(grant: &Grant, request: v1::RequestHandoffRequest) -> Result<Request, Rejection> {
    let by_agent = grant.caller().customer_agent().is_some();
    let mut reasons = Vec::new();
    for (index, asked) in request.reasons.iter().enumerate() {
        let field = format!("reasons[{index}].reason");
        let found = reason_of(asked.reason());
        let found = found.ok_or_else(|| Rejection::field(field.as_str(), "REQUIRED", "must be said"))?;
        let free = matches!(found, Reason::Requested | Reason::ContactAsked | Reason::Workflow);
        if !by_agent && !free {
            return Err(Rejection::field(field, "NOT_ALLOWED", "only a customer agent reports this of itself"));
        }
        reasons.push((found, asked.text.clone()));
    }
    Ok(Request {
        conversation: name::conversation(grant, "conversation", &request.conversation)?,
        reasons,
        context: context_of(request.context.unwrap_or_default())?,
        epoch: (request.control_epoch > 0).then_some(request.control_epoch),
    })
}

/// A context, as far as it has room.
///
/// # Errors
/// A field fault where there is too much of it.
pub fn context_of(given: v1::HandoffContext) -> Result<Context, Rejection> {
    let facts: BTreeMap<String, String> = given.facts.into_iter().collect();
    let long = |(name, value): (&String, &String)| {
        name.is_empty() || name.chars().count() > LONGEST_FACT.0 || value.chars().count() > LONGEST_FACT.1
    };
    if facts.iter().any(long) {
        let text = "the name of a fact has 1 to 100 characters, its value at most 2,000";
        return Err(Rejection::field("context.facts", "TOO_LONG", text));
    }
    let context = Context { summary: given.summary, intent: given.intent, facts, language: given.language_code };
    if context.size() > MOST_CONTEXT {
        return Err(Rejection::field("context", "TOO_LONG", "all texts together have at most 16 KiB"));
    }
    Ok(context)
}

/// The use case of an `AcceptHandoff` request.
///
/// # Errors
/// A name that is none.
pub fn accept(grant: &Grant, request: v1::AcceptHandoffRequest) -> Result<Accept, Rejection> {
    let v1::AcceptHandoffRequest { name: handoff, .. } = request;
    Ok(Accept { handoff: name::handoff(grant, "name", &handoff)? })
}

/// The use case of a `DeclineHandoff` request.
///
/// # Errors
/// A name that is none.
pub fn decline(grant: &Grant, request: v1::DeclineHandoffRequest) -> Result<Decline, Rejection> {
    let v1::DeclineHandoffRequest { name: handoff, .. } = request;
    Ok(Decline { handoff: name::handoff(grant, "name", &handoff)? })
}

/// The use case of a `CancelHandoff` request.
///
/// # Errors
/// A name that is none.
pub fn cancel(grant: &Grant, request: v1::CancelHandoffRequest) -> Result<Cancel, Rejection> {
    let v1::CancelHandoffRequest { name: handoff, .. } = request;
    Ok(Cancel { handoff: name::handoff(grant, "name", &handoff)? })
}

/// The use case of a `CompleteHandoff` request.
///
/// # Errors
/// A name that is none.
pub fn complete(grant: &Grant, request: v1::CompleteHandoffRequest) -> Result<Complete, Rejection> {
    let v1::CompleteHandoffRequest { name: handoff, .. } = request;
    Ok(Complete { handoff: name::handoff(grant, "name", &handoff)? })
}

/// The use case of a `TransferHandoff` request.
///
/// # Errors
/// Names that are none.
pub fn transfer(grant: &Grant, request: v1::TransferHandoffRequest) -> Result<Transfer, Rejection> {
    let handoff = name::handoff(grant, "name", &request.name)?;
    let (users, teams) = super::handoff_policy::targets_of(grant, "target", &request.target.unwrap_or_default())?;
    Ok(Transfer { handoff, users, teams })
}

/// The use case of a `ReturnHandoff` request.
///
/// # Errors
/// Names that are none.
pub fn give_back(grant: &Grant, request: v1::ReturnHandoffRequest) -> Result<Return, Rejection> {
    Ok(Return {
        handoff: name::handoff(grant, "name", &request.name)?,
        agent: name::customer_agent_ref(grant, "customer_agent", &request.customer_agent)?,
        note: request.note,
    })
}

/// The use case of a `CheckHandoff` request.
///
/// # Errors
/// A name that is none.
pub fn check(grant: &Grant, request: v1::CheckHandoffRequest) -> Result<Check, Rejection> {
    let v1::CheckHandoffRequest { conversation, hold, .. } = request;
    let hold = hold.map(|span| Duration::from_secs(u64::try_from(span.seconds).unwrap_or(0)));
    Ok(Check { conversation: name::conversation(grant, "conversation", &conversation)?, hold })
}

/// How a hand-off would be served.
pub fn checked(found: &Checked) -> v1::CheckHandoffResponse {
    let span =
        |span: Duration| prost_types::Duration { seconds: i64::try_from(span.as_secs()).unwrap_or(i64::MAX), nanos: 0 };
    v1::CheckHandoffResponse {
        mode: mode(found.mode).into(),
        facts: Some(facts(&found.facts)),
        position: i32::try_from(found.position).unwrap_or(i32::MAX),
        expected_wait_min: found.wait.map(|(least, _)| span(least)),
        expected_wait_max: found.wait.map(|(_, most)| span(most)),
        hold_expire_time: found.held_until.map(timestamp),
        mutation: None,
    }
}
