//! How customer agents hand over, on the wire.

use crate::domain::handoff::{LONGEST_MESSAGE, Policy, Process, Texts, Then, USUAL_PATIENCE, UnassignedChat};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::life::Area;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::ticket_life::{area, area_of};
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1::{self, handoff_policy::Assignment as Wire};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::handoffs::{Assignment, PolicyChanges, Problem, ShownPolicy, UpdatePolicy};

const CHANGEABLE: [&str; 12] = [
    "process",
    "same_targets",
    "workflow",
    "destination",
    "unassigned_chat",
    "offer_timeout",
    "patience",
    "retries",
    "fallback",
    "available_messages",
    "unavailable_messages",
    "not_assigned_messages",
];
const OUTPUT_ONLY: [&str; 4] = ["name", "problem", "update_time", "etag"];

/// A policy as callers see it.
pub fn policy(account: &AccountId, shown: &ShownPolicy) -> v1::HandoffPolicy {
    let ShownPolicy { agent, configured, problem } = shown;
    let policy = &configured.policy;
    let span = |seconds: u32| prost_types::Duration { seconds: seconds.into(), nanos: 0 };
    v1::HandoffPolicy {
        name: Name::HandoffPolicy(agent.clone()).within(account),
        process: process(policy.process).into(),
        assignment: assignment(account, policy),
        destination: area(policy.destination).into(),
        unassigned_chat: unassigned_chat(policy.unassigned_chat).into(),
        offer_timeout: policy.offer.map(span),
        patience: Some(span(policy.patience)),
        retries: policy.retries,
        fallback: fallback(policy.then).into(),
        available_messages: texts(&policy.words.available),
        unavailable_messages: texts(&policy.words.unavailable),
        not_assigned_messages: texts(&policy.words.not_assigned),
        problem: problem.map_or(v1::HandoffPolicyProblem::Unspecified, problem_wire).into(),
        update_time: configured.update_time.map(timestamp),
        etag: etag(configured.version),
    }
}

fn assignment(account: &AccountId, policy: &Policy) -> Option<Wire> {
    if let Some(workflow) = &policy.workflow {
        return Some(Wire::Workflow(Name::Workflow(workflow.clone()).within(account)));
    }
    if policy.users.is_empty() && policy.teams.is_empty() {
        return None;
    }
    Some(Wire::SameTargets(v1::HandoffTargets {
        users: policy.users.iter().map(|id| Name::User(id.clone()).within(account)).collect(),
        teams: policy.teams.iter().map(|id| Name::Team(id.clone()).within(account)).collect(),
    }))
}

fn process(process: Process) -> v1::HandoffProcess {
    match process {
        Process::Live => v1::HandoffProcess::Live,
        Process::Async => v1::HandoffProcess::Asynchronous,
        Process::None => v1::HandoffProcess::None,
    }
}

fn process_of(process: v1::HandoffProcess) -> Process {
    match process {
        v1::HandoffProcess::Live => Process::Live,
        v1::HandoffProcess::Asynchronous => Process::Async,
        v1::HandoffProcess::Unspecified | v1::HandoffProcess::None => Process::None,
    }
}

fn unassigned_chat(chat: UnassignedChat) -> v1::UnassignedChat {
    match chat {
        UnassignedChat::KeepOpen => v1::UnassignedChat::KeepOpen,
        UnassignedChat::Close => v1::UnassignedChat::Close,
    }
}

fn unassigned_chat_of(chat: v1::UnassignedChat) -> UnassignedChat {
    match chat {
        v1::UnassignedChat::Close => UnassignedChat::Close,
        v1::UnassignedChat::Unspecified | v1::UnassignedChat::KeepOpen => UnassignedChat::KeepOpen,
    }
}

fn fallback(then: Then) -> v1::HandoffFallback {
    match then {
        Then::Agent => v1::HandoffFallback::CustomerAgent,
        Then::Nobody => v1::HandoffFallback::Nobody,
    }
}

fn fallback_of(fallback: v1::HandoffFallback) -> Then {
    match fallback {
        v1::HandoffFallback::CustomerAgent => Then::Agent,
        v1::HandoffFallback::Unspecified | v1::HandoffFallback::Nobody => Then::Nobody,
    }
}

fn problem_wire(problem: Problem) -> v1::HandoffPolicyProblem {
    match problem {
        Problem::Deleted => v1::HandoffPolicyProblem::WorkflowDeleted,
        Problem::Off => v1::HandoffPolicyProblem::WorkflowOff,
    }
}

fn texts(texts: &Texts) -> Vec<v1::HandoffText> {
    let text = |(tag, text): (&String, &String)| v1::HandoffText { language_code: tag.clone(), text: text.clone() };
    texts.iter().map(text).collect()
}

/// Messages, each language once, trimmed and not too long (C-104).
fn texts_of(given: &[v1::HandoffText], field: &str) -> Result<Texts, Rejection> {
    let mut texts = Texts::new();
    for (index, one) in given.iter().enumerate() {
        let field = format!("handoff_policy.{field}[{index}]");
        let text = one.text.trim();
        if text.is_empty() {
            return Err(Rejection::field(format!("{field}.text"), "REQUIRED", "must not be blank"));
        }
        if text.chars().count() > LONGEST_MESSAGE {
            return Err(Rejection::field(format!("{field}.text"), "TOO_LONG", "at most 2,000 characters"));
        }
        if texts.insert(one.language_code.to_lowercase(), text.to_owned()).is_some() {
            return Err(Rejection::field(format!("{field}.language_code"), "NOT_UNIQUE", "each language once"));
        }
    }
    Ok(texts)
}

/// Users and teams of a target.
///
/// # Errors
/// References that cannot exist.
pub fn targets_of(
    grant: &Grant,
    field: &str,
    given: &v1::HandoffTargets,
) -> Result<(Vec<UserId>, Vec<TeamId>), Rejection> {
    let people = v1::PeopleTarget { users: given.users.clone(), teams: given.teams.clone() };
    super::channel::named(grant, &people, field)
}

/// The use case of an `UpdateHandoffPolicy` request.
///
/// # Errors
/// A bad mask, fields that break a rule, or references that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateHandoffPolicyRequest) -> Result<UpdatePolicy, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("handoff_policy", request.handoff_policy)?;
    let agent = name::handoff_policy(grant, "handoff_policy.name", &given.name)?;
    let asked = |path: &str| paths.contains(&path);
    let messages = |path: &str, given: &[v1::HandoffText]| asked(path).then(|| texts_of(given, path)).transpose();
    let seconds = |span: &prost_types::Duration| u32::try_from(span.seconds).unwrap_or(u32::MAX);
    let changes = PolicyChanges {
        process: asked("process").then(|| process_of(given.process())),
        assignment: assignment_of(grant, &paths, given.assignment.as_ref())?,
        destination: asked("destination").then(|| area_of(given.destination()).unwrap_or(Area::HelpDesk)),
        unassigned_chat: asked("unassigned_chat").then(|| unassigned_chat_of(given.unassigned_chat())),
        offer: asked("offer_timeout").then(|| given.offer_timeout.as_ref().map(seconds)),
        patience: asked("patience").then(|| given.patience.as_ref().map_or(USUAL_PATIENCE, seconds)),
        retries: asked("retries").then_some(given.retries),
        then: asked("fallback").then(|| fallback_of(given.fallback())),
        available: messages("available_messages", &given.available_messages)?,
        unavailable: messages("unavailable_messages", &given.unavailable_messages)?,
        not_assigned: messages("not_assigned_messages", &given.not_assigned_messages)?,
    };
    Ok(UpdatePolicy { agent, changes, etag: version_of(&given.etag) })
}

/// The assignment that the mask chooses; one that is named and not given is empty.
fn assignment_of(grant: &Grant, paths: &[&str], given: Option<&Wire>) -> Result<Option<Assignment>, Rejection> {
    let named = |path| paths.contains(&path);
    match given {
        Some(Wire::Workflow(text)) if named("workflow") => {
            let field = "handoff_policy.workflow";
            Ok(Some(Assignment::Workflow(name::required(field, name::workflow_ref(grant, field, text)?)?)))
        }
        Some(Wire::SameTargets(targets)) if named("same_targets") => {
            let (users, teams) = targets_of(grant, "handoff_policy.same_targets", targets)?;
            Ok(Some(Assignment::People(users, teams)))
        }
        _ if named("same_targets") || named("workflow") => Ok(Some(Assignment::People(Vec::new(), Vec::new()))),
        _ => Ok(None),
    }
}
