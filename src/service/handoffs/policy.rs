//! How customer agents hand over: read and changed in one place per agent, for all channels.

use crate::domain::customer_agent::CustomerAgent;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::handoff::{Configured, Fault, Policy, Process, Texts, Then, UnassignedChat, Words};
use crate::domain::ids::{AccountId, CustomerAgentId, TeamId, UserId, WorkflowId};
use crate::domain::life::Area;
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Workflow, WorkflowState};
use crate::service::Service;
use crate::service::channels::check_named;
use crate::service::customer_agents::look_at;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::storage::lane::{Keys, World};
use crate::storage::read::{customer_agents, workflows};

/// How a customer agent hands over, and what is wrong with that now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPolicy {
    /// Whose.
    pub agent: CustomerAgentId,
    /// The policy.
    pub configured: Configured,
    /// What keeps its workflow from assigning (C-103); none: nothing.
    pub problem: Option<Problem>,
}

/// What keeps a workflow from assigning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It was deleted.
    Deleted,
    /// It is switched off.
    Off,
}

/// New values; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct PolicyChanges {
    /// What happens when a trigger fires.
    pub process: Option<Process>,
    /// Who gets it.
    pub assignment: Option<Assignment>,
    /// Where people find it.
    pub destination: Option<Area>,
    /// What becomes of the chat when the workflow assigns to nobody.
    pub unassigned_chat: Option<UnassignedChat>,
    /// How long an offer stands, in seconds; none inside: nothing is offered.
    pub offer: Option<Option<u32>>,
    /// How long a live one waits, in seconds.
    pub patience: Option<u32>,
    /// Whether whoever becomes free gets one that waits.
    pub retries: Option<bool>,
    /// Who has control when it ends before a person was there.
    pub then: Option<Then>,
    /// What the contact is told when the team is available.
    pub available: Option<Texts>,
    /// What the contact is told when the team is unavailable.
    pub unavailable: Option<Texts>,
    /// What the contact is told when the workflow assigned to nobody.
    pub not_assigned: Option<Texts>,
}

/// Who gets what is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// The same users and teams for everything.
    People(Vec<UserId>, Vec<TeamId>),
    /// Whom a workflow says.
    Workflow(WorkflowId),
}

/// The policy of a customer agent.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn policy(service: &Service, grant: &Grant, id: &CustomerAgentId) -> Result<ShownPolicy, Rejection> {
    let account = grant.account()?;
    let found = customer_agents::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let missing = || Rejection::NotFound { resource: Name::HandoffPolicy(id.clone()).within(account) };
    let configured = found.ok_or_else(missing)?.handoff;
    let problem = match configured.policy.workflow.as_ref().filter(|_| hands_over(&configured)) {
        Some(workflow) => problem_of(stored(service, account, workflow).await?.as_ref()),
        None => None,
    };
    Ok(ShownPolicy { agent: id.clone(), configured, problem })
}

async fn stored(service: &Service, account: &AccountId, id: &WorkflowId) -> Result<Option<Workflow>, Rejection> {
    workflows::get(&service.store, account, id).await.map_err(|error| error.rejection())
}

fn hands_over(configured: &Configured) -> bool {
    configured.policy.process != Process::None
}

fn problem_of(workflow: Option<&Workflow>) -> Option<Problem> {
    match workflow {
        None => Some(Problem::Deleted),
        Some(workflow) if workflow.state != WorkflowState::On => Some(Problem::Off),
        Some(_) => None,
    }
}

/// Changes how a customer agent hands over.
#[derive(Debug, Clone)]
pub struct UpdatePolicy {
    /// Which agent.
    pub agent: CustomerAgentId,
    /// What to change.
    pub changes: PolicyChanges,
    /// The version of the policy that the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdatePolicy {
    type Outcome = ShownPolicy;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<ShownPolicy, Rejection> {
        let name = Name::HandoffPolicy(self.agent.clone());
        let found = desk.world().people().agents.get(&self.agent).cloned();
        let mut agent: CustomerAgent = found.ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, agent.handoff.version)?;
        desk.needs(Feature::CustomerAgents)?;
        let before = &agent.handoff.policy;
        let after = self.changes.apply(before);
        self.changes.check(desk, &after)?;
        if after != *before {
            let fields = changed_fields(desk, before, &after);
            let left_none = before.process == Process::None && after.process != Process::None;
            let (version, now) = (agent.handoff.version + 1, desk.session.now());
            agent.handoff = Configured { policy: after, update_time: Some(now), version };
            desk.session.world.people_mut().agents.put(agent.id.clone(), agent.clone());
            desk.event(EventType::ConfigChanged, &name, fields);
            if left_none {
                // What it owes while it is paused is handed over from now on.
                look_at(desk, now);
            }
        }
        let workflow = agent.handoff.policy.workflow.as_ref().filter(|_| hands_over(&agent.handoff));
        let problem = workflow.and_then(|id| problem_of(desk.world().people().workflows.get(id)));
        Ok(ShownPolicy { agent: agent.id, configured: agent.handoff, problem })
    }
}

impl PolicyChanges {
    fn apply(&self, before: &Policy) -> Policy {
        let mut after = before.clone();
        match &self.assignment {
            Some(Assignment::People(users, teams)) => {
                after.users.clone_from(users);
                after.teams.clone_from(teams);
                after.workflow = None;
            }
            Some(Assignment::Workflow(workflow)) => {
                (after.users, after.teams) = (Vec::new(), Vec::new());
                after.workflow = Some(workflow.clone());
            }
            None => {}
        }
        after.process = self.process.unwrap_or(after.process);
        after.destination = self.destination.unwrap_or(after.destination);
        after.unassigned_chat = self.unassigned_chat.unwrap_or(after.unassigned_chat);
        after.offer = self.offer.unwrap_or(after.offer);
        after.patience = self.patience.unwrap_or(after.patience);
        after.retries = self.retries.unwrap_or(after.retries);
        after.then = self.then.unwrap_or(after.then);
        let Words { available, unavailable, not_assigned } = &mut after.words;
        let texts =
            [(available, &self.available), (unavailable, &self.unavailable), (not_assigned, &self.not_assigned)];
        for (place, given) in texts {
            if let Some(given) = given {
                place.clone_from(given);
            }
        }
        after
    }

    /// what is missing, what the process does not have, who does not exist.
    fn check(&self, desk: &Desk<'_, '_>, after: &Policy) -> Result<(), Rejection> {
        if after.process == Process::None && self.says_something() {
            let text = "the process NONE tells the contact nothing";
            return Err(Rejection::field("handoff_policy.process", "INCONSISTENT", text));
        }
        let fault = after.fault().map(|fault| match fault {
            Fault::Missing(field) => {
                (field, "REQUIRED", "a hand-off to people needs it, messages one without language")
            }
            Fault::NotOffered(field) => (field, "NOT_ALLOWED", "the process does not have it"),
        });
        if let Some((field, reason, text)) = fault {
            return Err(Rejection::field(format!("handoff_policy.{field}"), reason, text));
        }
        match &self.assignment {
            Some(Assignment::People(users, teams)) => check_named(desk, users, teams, "handoff_policy.same_targets"),
            Some(Assignment::Workflow(id)) => check_workflow(desk, id),
            None => Ok(()),
        }
    }

    fn says_something(&self) -> bool {
        [&self.available, &self.unavailable, &self.not_assigned]
            .iter()
            .any(|texts| texts.as_ref().is_some_and(|texts| !texts.is_empty()))
    }
}

/// A workflow over tickets that is not that of a status.
fn check_workflow(desk: &Desk<'_, '_>, id: &WorkflowId) -> Result<(), Rejection> {
    let field = "handoff_policy.workflow";
    let Some(workflow) = desk.world().people().workflows.get(id) else {
        let resource = desk.name(&Name::Workflow(id.clone()));
        return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource });
    };
    if workflow.of_status.is_some() {
        return Err(Rejection::field(field, "NOT_ALLOWED", "the actions of a status take no tickets by choice"));
    }
    Ok(())
}

/// What changed, by its name; texts are left out.
fn changed_fields(desk: &Desk<'_, '_>, before: &Policy, after: &Policy) -> Vec<FieldChange> {
    let assigned = |policy: &Policy| {
        let users = policy.users.iter().map(|id| Name::User(id.clone()));
        let people = users.chain(policy.teams.iter().map(|id| Name::Team(id.clone())));
        match &policy.workflow {
            Some(workflow) => desk.name(&Name::Workflow(workflow.clone())),
            None => people.map(|name| desk.name(&name)).collect::<Vec<_>>().join(","),
        }
    };
    let seconds = |span: Option<u32>| span.map(|span| format!("{span}s")).unwrap_or_default();
    let upper = |code: &str| code.to_uppercase();
    let marked = |changed: bool, field: &str| FieldChange::of(field, "", if changed { "changed" } else { "" });
    let words = (&before.words, &after.words);
    let changes = [
        FieldChange::of("process", upper(before.process.code()), upper(after.process.code())),
        FieldChange::of("assignment", assigned(before), assigned(after)),
        FieldChange::of("destination", upper(before.destination.code()), upper(after.destination.code())),
        FieldChange::of("unassigned_chat", upper(before.unassigned_chat.code()), upper(after.unassigned_chat.code())),
        FieldChange::of("offer_timeout", seconds(before.offer), seconds(after.offer)),
        FieldChange::of("patience", seconds(Some(before.patience)), seconds(Some(after.patience))),
        FieldChange::of("retries", before.retries, after.retries),
        FieldChange::of("then", upper(before.then.code()), upper(after.then.code())),
        marked(words.0.available != words.1.available, "available_messages"),
        marked(words.0.unavailable != words.1.unavailable, "unavailable_messages"),
        marked(words.0.not_assigned != words.1.not_assigned, "not_assigned_messages"),
    ];
    changes.into_iter().flatten().collect()
}
