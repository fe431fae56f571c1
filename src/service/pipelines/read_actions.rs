//! Reading the actions of a status, and what happens by itself in a pipeline as workflows.

use super::actions::StatusActions;
use super::pipeline::StatusKey;
use super::read::{automation, status};
use crate::domain::ids::{PipelineId, TextBlockId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::pipeline::{Pipeline, Status, StatusCategory, StatusRule};
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Action, Definition, Step, StepKind, Trigger, TriggerKind, Workflow, WorkflowState};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read;
use crate::storage::read::workflows::of_statuses;

/// What happens by itself in a pipeline, as workflows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomationWorkflows {
    /// The rules for mails that are sent and answered; they are no workflows of their own and have no name.
    pub rules: Vec<Workflow>,
    /// The rules do nothing for want of a tier (C-007).
    pub suspended: bool,
    /// The actions on statuses.
    pub actions: Vec<Workflow>,
}

/// The actions of a status.
///
/// # Errors
/// [`Rejection::NotFound`] for the status.
pub async fn actions(service: &Service, grant: &Grant, key: &StatusKey) -> Result<StatusActions, Rejection> {
    status(service, grant, key).await?;
    let (account, store) = (grant.account()?, &service.store);
    let found = of_statuses(store, account, &key.0).await.map_err(|error| error.rejection())?;
    let workflow = found.into_iter().find(|workflow| workflow.of_status.as_ref() == Some(key));
    let ids: Vec<TextBlockId> = workflow.iter().flat_map(|workflow| workflow.definition.emails()).cloned().collect();
    let texts = if ids.is_empty() {
        Vec::new()
    } else {
        read::text_blocks::some(store, account, &ids).await.map_err(|error| error.rejection())?
    };
    let house = read::accounts::get(store, account).await.map_err(|error| error.rejection())?;
    let house = house.ok_or_else(|| Rejection::NotFound { resource: Name::Account.within(account) })?;
    Ok(StatusActions::new(key, workflow, &house, |id| texts.iter().find(|text| text.id == *id)))
}

/// What happens by itself in a pipeline, as workflows.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn inspect(service: &Service, grant: &Grant, id: &PipelineId) -> Result<AutomationWorkflows, Rejection> {
    let (pipeline, suspended) = automation(service, grant, id).await?;
    let (account, store) = (grant.account()?, &service.store);
    let statuses = read::pipelines::every_status(store, account, id).await.map_err(|error| error.rejection())?;
    let actions = of_statuses(store, account, id).await.map_err(|error| error.rejection())?;
    let statuses: Vec<&Status> = statuses.iter().filter(|status| status.leaving.is_none()).collect();
    let sent = (&pipeline.automation.on_sent, StatusCategory::WaitingOnContact, TriggerKind::MessageSent);
    let reply = (&pipeline.automation.on_reply, StatusCategory::WaitingOnUs, TriggerKind::MessageReceived);
    let rules = [sent, reply].into_iter().filter_map(|rule| as_workflow(&pipeline, &statuses, rule)).collect();
    Ok(AutomationWorkflows { rules, suspended, actions })
}

/// A rule as a workflow; none for one that has no status to set.
fn as_workflow(
    pipeline: &Pipeline,
    statuses: &[&Status],
    (rule, usual, kind): (&StatusRule, StatusCategory, TriggerKind),
) -> Option<Workflow> {
    let to = rule.target(statuses, usual)?;
    let set = StepKind::Act(Action::SetStatus(pipeline.id.clone(), to.id.clone()));
    let step = Step { id: "set-status".to_owned(), next: None, note: String::new(), kind: set };
    let what = if kind == TriggerKind::MessageSent { "an email is sent" } else { "a contact answers an email" };
    Some(Workflow {
        id: WorkflowId::stored("-"),
        display_name: format!("Status when {what}"),
        state: if rule.enabled { WorkflowState::On } else { WorkflowState::Off },
        revision: pipeline.automation_version,
        definition: Definition {
            triggers: vec![Trigger { kind, statuses: Vec::new(), field: String::new() }],
            condition: format!("pipeline = \"{}\"", pipeline.id),
            again: true,
            steps: vec![step],
        },
        of_status: None,
        template: String::new(),
        create_time: pipeline.create_time,
        update_time: pipeline.automation_update_time,
        version: pipeline.automation_version,
    })
}
