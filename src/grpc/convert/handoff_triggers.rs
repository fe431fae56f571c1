//! What hands the conversations of customer agents over, on the wire.

use std::time::Duration;

use crate::domain::customer_agent::CustomerAgent;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{BadPhrase, Fired, Phrases, SentimentLimit, Signals};
use crate::grpc::convert::handoff::reason;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::customer_agents::{Evaluate, TriggerChanges, UpdateTriggers};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

const CHANGEABLE: [&str; 7] = [
    "phrases",
    "turn_limit",
    "same_answer_limit",
    "sentiment",
    "inactivity",
    "failed_turn_limit",
    "acknowledge_within",
];
const OUTPUT_ONLY: [&str; 3] = ["name", "update_time", "etag"];

/// The triggers as callers see them.
pub fn triggers(account: &AccountId, agent: &CustomerAgent) -> v1::HandoffTriggers {
    let of = &agent.triggers;
    let seconds = |seconds: u32| prost_types::Duration { seconds: i64::from(seconds), nanos: 0 };
    v1::HandoffTriggers {
        name: Name::HandoffTriggers(agent.id.clone()).within(account),
        phrases: of.phrases.texts().to_vec(),
        turn_limit: of.turn_limit.map(count),
        same_answer_limit: of.same_answers.map(count),
        sentiment: of
            .sentiment
            .map(|limit| v1::SentimentTrigger { below_percent: limit.below, times: count(limit.times) }),
        inactivity: of.inactivity.map(seconds),
        failed_turn_limit: Some(count(of.failed_turns)),
        acknowledge_within: Some(seconds(of.acknowledge_within)),
        update_time: Some(timestamp(agent.triggers_update_time)),
        etag: etag(agent.triggers_version),
    }
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The use case of an `UpdateHandoffTriggers` request.
///
/// # Errors
/// A bad mask, a name that is none, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateHandoffTriggersRequest) -> Result<UpdateTriggers, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("handoff_triggers", request.handoff_triggers)?;
    Ok(UpdateTriggers {
        agent: name::handoff_triggers(grant, "handoff_triggers.name", &given.name)?,
        etag: version_of(&given.etag),
        changes: changes(&given, &paths)?,
    })
}

fn changes(given: &v1::HandoffTriggers, paths: &[&str]) -> Result<TriggerChanges, Rejection> {
    let asked = |path: &str| paths.contains(&path);
    let count = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok());
    let sentiment = given.sentiment.map(|trigger| SentimentLimit {
        below: trigger.below_percent,
        times: u32::try_from(trigger.times).unwrap_or(1).max(1),
    });
    let span = |path: &str, span: Option<&prost_types::Duration>| asked(path).then(|| seconds(path, span)).transpose();
    Ok(TriggerChanges {
        phrases: asked("phrases").then(|| phrases(&given.phrases)).transpose()?,
        turn_limit: asked("turn_limit").then_some(count(given.turn_limit)),
        same_answers: asked("same_answer_limit").then_some(count(given.same_answer_limit)),
        sentiment: asked("sentiment").then_some(sentiment),
        inactivity: span("inactivity", given.inactivity.as_ref())?,
        failed_turns: asked("failed_turn_limit").then_some(count(given.failed_turn_limit)),
        acknowledge_within: span("acknowledge_within", given.acknowledge_within.as_ref())?,
    })
}

fn phrases(given: &[String]) -> Result<Phrases, Rejection> {
    Phrases::new(given).map_err(|bad| {
        let (place, reason, text) = match bad {
            BadPhrase::Empty(place) => (place, "REQUIRED", "must not be blank"),
            BadPhrase::TooLong(place) => (place, "TOO_LONG", "has at most 100 characters"),
            BadPhrase::Twice(place) => (place, "NOT_UNIQUE", "means the same as an earlier one"),
        };
        Rejection::field(format!("handoff_triggers.phrases[{place}]"), reason, text)
    })
}

/// Whole seconds.
fn seconds(path: &str, given: Option<&prost_types::Duration>) -> Result<Option<u32>, Rejection> {
    let Some(given) = given else { return Ok(None) };
    let span = Duration::try_from(*given).unwrap_or_default();
    if span.subsec_nanos() > 0 {
        return Err(Rejection::field(format!("handoff_triggers.{path}"), "OUT_OF_RANGE", "must be whole seconds"));
    }
    Ok(u32::try_from(span.as_secs()).ok())
}

/// What an `EvaluateHandoff` request asks.
///
/// # Errors
/// Names that are none.
pub fn evaluate(grant: &Grant, request: v1::EvaluateHandoffRequest) -> Result<Evaluate, Rejection> {
    Ok(Evaluate {
        agent: name::handoff_triggers(grant, "name", &request.name)?,
        conversation: name::conversation_ref(grant, "conversation", &request.conversation)?,
        said: request.contact_message,
        draft: request.draft_answer,
        signals: signals(request.signals.as_ref()),
    })
}

/// What a runtime says of a turn.
pub fn signals(given: Option<&v1::HandoffSignals>) -> Signals {
    let given = given.copied().unwrap_or_default();
    Signals {
        cannot_answer: given.cannot_answer,
        asks_for_person: given.contact_asked,
        sentiment: given.sentiment_percent,
    }
}

/// A trigger that fires, as callers see it.
pub fn fired(fired: &Fired) -> v1::FiredTrigger {
    v1::FiredTrigger { reason: reason(fired.reason).into(), phrases: fired.phrases.clone() }
}
