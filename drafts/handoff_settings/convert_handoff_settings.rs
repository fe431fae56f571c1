//! How customer agents hand over, on the wire.

use std::time::Duration;

use crate::domain::customer_agent::CustomerAgent;
use crate::domain::handoff_settings::{Destination, LONGEST_MESSAGE, Options, Process, SentimentLimit, Texts};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{BadPhrase, Phrases};
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::customer_agents::{SettingsChanges, Targets, UpdateSettings};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

const CHANGEABLE: [&str; 11] = [
    "process",
    "same_targets",
    "available_messages",
    "unavailable_messages",
    "trigger_phrases",
    "turn_limit",
    "same_answer_limit",
    "sentiment",
    "inactivity",
    "failed_turn_limit",
    "acknowledge_within",
];
const OUTPUT_ONLY: [&str; 3] = ["name", "update_time", "etag"];

/// The settings as callers see them.
pub fn settings(account: &AccountId, agent: &CustomerAgent) -> v1::HandoffSettings {
    let of = &agent.handoff;
    let Options { turn_limit, same_answers, sentiment, inactivity, failed_turns, acknowledge_within } = of.options;
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let seconds = |seconds: u32| prost_types::Duration { seconds: i64::from(seconds), nanos: 0 };
    let named = !of.users.is_empty() || !of.teams.is_empty();
    v1::HandoffSettings {
        name: Name::HandoffSettings(agent.id.clone()).within(account),
        process: process(of.process).into(),
        same_targets: named.then(|| v1::HandoffTargets {
            destination: destination(of.destination).into(),
            users: of.users.iter().map(|id| Name::User(id.clone()).within(account)).collect(),
            teams: of.teams.iter().map(|id| Name::Team(id.clone()).within(account)).collect(),
        }),
        available_messages: messages(&of.available),
        unavailable_messages: messages(&of.unavailable),
        trigger_phrases: of.phrases.texts().to_vec(),
        turn_limit: turn_limit.map(count),
        same_answer_limit: same_answers.map(count),
        sentiment: sentiment.map(|limit| v1::SentimentTrigger { below_percent: limit.below, times: count(limit.times) }),
        inactivity: inactivity.map(seconds),
        failed_turn_limit: Some(count(failed_turns)),
        acknowledge_within: Some(seconds(acknowledge_within)),
        update_time: Some(timestamp(agent.handoff_update_time)),
        etag: etag(agent.handoff_version),
    }
}

fn process(process: Process) -> v1::HandoffProcess {
    match process {
        Process::Live => v1::HandoffProcess::Live,
        Process::Asynchronous => v1::HandoffProcess::Asynchronous,
        Process::None => v1::HandoffProcess::None,
    }
}

fn destination(destination: Destination) -> v1::HandoffDestination {
    match destination {
        Destination::HelpDesk => v1::HandoffDestination::HelpDesk,
        Destination::Inbox => v1::HandoffDestination::Inbox,
    }
}

fn messages(texts: &Texts) -> Vec<v1::HandoffText> {
    let message = |(tag, text): (&String, &String)| v1::HandoffText { language_code: tag.clone(), text: text.clone() };
    texts.iter().map(message).collect()
}

/// The use case of an `UpdateHandoffSettings` request.
///
/// # Errors
/// A bad mask, references that cannot exist, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateHandoffSettingsRequest) -> Result<UpdateSettings, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("handoff_settings", request.handoff_settings)?;
    Ok(UpdateSettings {
        agent: name::handoff_settings(grant, "handoff_settings.name", &given.name)?,
        etag: version_of(&given.etag),
        changes: changes(grant, &given, &paths)?,
    })
}

fn changes(grant: &Grant, given: &v1::HandoffSettings, paths: &[&str]) -> Result<SettingsChanges, Rejection> {
    let asked = |path: &str| paths.contains(&path);
    let count = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok());
    let process = match given.process() {
        v1::HandoffProcess::Live => Process::Live,
        v1::HandoffProcess::Asynchronous => Process::Asynchronous,
        v1::HandoffProcess::None | v1::HandoffProcess::Unspecified => Process::None,
    };
    let texts = |path: &str, given: &[v1::HandoffText]| asked(path).then(|| texts_of(path, given)).transpose();
    let sentiment = given.sentiment.map(|trigger| SentimentLimit {
        below: trigger.below_percent,
        times: u32::try_from(trigger.times).unwrap_or(1).max(1),
    });
    Ok(SettingsChanges {
        process: asked("process").then_some(process),
        targets: asked("same_targets").then(|| targets(grant, given.same_targets.as_ref())).transpose()?,
        available: texts("available_messages", &given.available_messages)?,
        unavailable: texts("unavailable_messages", &given.unavailable_messages)?,
        phrases: asked("trigger_phrases").then(|| phrases(&given.trigger_phrases)).transpose()?,
        turn_limit: asked("turn_limit").then_some(count(given.turn_limit)),
        same_answers: asked("same_answer_limit").then_some(count(given.same_answer_limit)),
        sentiment: asked("sentiment").then_some(sentiment),
        inactivity: asked("inactivity").then(|| seconds("inactivity", given.inactivity.as_ref())).transpose()?,
        failed_turns: asked("failed_turn_limit").then_some(count(given.failed_turn_limit)),
        acknowledge_within: asked("acknowledge_within")
            .then(|| seconds("acknowledge_within", given.acknowledge_within.as_ref()))
            .transpose()?,
    })
}

fn targets(grant: &Grant, given: Option<&v1::HandoffTargets>) -> Result<Targets, Rejection> {
    let given = given.cloned().unwrap_or_default();
    let users = given.users.iter().map(|text| name::user_ref(grant, "handoff_settings.same_targets.users", text));
    Ok(Targets {
        destination: match given.destination() {
            v1::HandoffDestination::Inbox => Destination::Inbox,
            v1::HandoffDestination::HelpDesk | v1::HandoffDestination::Unspecified => Destination::HelpDesk,
        },
        users: users.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        teams: name::team_refs(grant, "handoff_settings.same_targets.teams", &given.teams)?,
    })
}

fn texts_of(path: &str, given: &[v1::HandoffText]) -> Result<Texts, Rejection> {
    let mut texts = Texts::new();
    for (place, message) in given.iter().enumerate() {
        let field = |name: &str| format!("handoff_settings.{path}[{place}].{name}");
        let text = message.text.trim();
        if text.is_empty() {
            return Err(Rejection::field(field("text"), "REQUIRED", "must not be blank"));
        }
        if text.chars().count() > LONGEST_MESSAGE {
            return Err(Rejection::field(field("text"), "TOO_LONG", "has at most 2,000 characters"));
        }
        if texts.insert(message.language_code.to_lowercase(), text.to_owned()).is_some() {
            return Err(Rejection::field(field("language_code"), "NOT_UNIQUE", "each language has one message"));
        }
    }
    Ok(texts)
}

fn phrases(given: &[String]) -> Result<Phrases, Rejection> {
    Phrases::new(given).map_err(|bad| {
        let (place, reason, text) = match bad {
            BadPhrase::Empty(place) => (place, "REQUIRED", "must not be blank"),
            BadPhrase::TooLong(place) => (place, "TOO_LONG", "has at most 100 characters"),
            BadPhrase::Twice(place) => (place, "NOT_UNIQUE", "means the same as an earlier one"),
        };
        Rejection::field(format!("handoff_settings.trigger_phrases[{place}]"), reason, text)
    })
}

/// Whole seconds.
fn seconds(path: &str, given: Option<&prost_types::Duration>) -> Result<Option<u32>, Rejection> {
    let Some(given) = given else { return Ok(None) };
    let span = Duration::try_from(*given).unwrap_or_default();
    if span.subsec_nanos() > 0 {
        return Err(Rejection::field(format!("handoff_settings.{path}"), "OUT_OF_RANGE", "must be whole seconds"));
    }
    Ok(u32::try_from(span.as_secs()).ok())
}
