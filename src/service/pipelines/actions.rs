//! Actions on statuses: what happens when a ticket reaches a status, held as a workflow of its own.

use super::pipeline::{StatusKey, find_status};
use crate::domain::account::Account;
use crate::domain::event::FieldChange;
use crate::domain::ids::{TextBlockId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::pipeline::Status;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{TICKET_CLOSED, TextBlock};
use crate::domain::workflow::{Action, Definition, MOST_STEPS, Step, StepKind, Workflow, WorkflowState};
use crate::service::desk::{Desk, UseCase};
use crate::service::workflows::{check, erase, keep, need_named, save};
use crate::storage::lane::{Keys, World};

/// The actions of a status, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusActions {
    /// The status.
    pub status: StatusKey,
    /// The workflow that holds them; none while there are none.
    pub workflow: Option<Workflow>,
    /// Those that do nothing for want of what the account has not bought, by id (C-007).
    pub suspended: Vec<String>,
}

/// An action, named by its status and its id there.
pub type ActionKey = (StatusKey, String);

/// One action with the others of its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneAction {
    /// Its id.
    pub id: String,
    /// All of them.
    pub all: StatusActions,
}

/// The workflow of a status, with actions or none any more.
fn kept(world: &World, status: &StatusKey) -> Option<Workflow> {
    let of = |workflow: &&Workflow| workflow.of_status.as_ref() == Some(status);
    world.people().workflows.values().find(of).cloned()
}

/// The workflow of a status that has actions.
fn held(world: &World, status: &StatusKey) -> Option<Workflow> {
    kept(world, status).filter(|workflow| !workflow.is_over())
}

fn need(world: &World, keys: &mut Keys, status: &StatusKey) {
    if let Some(workflow) = held(world, status) {
        need_named(keys, &workflow.definition);
    }
}

/// The actions of a status, as far as the session has come.
fn actions(desk: &Desk<'_, '_>, status: &StatusKey) -> StatusActions {
    let world = desk.world();
    StatusActions::new(status, held(world, status), &world.account, |id| world.content.text_blocks.peek(id))
}

impl StatusActions {
    /// The actions of a status, with what an account has bought; `email` knows the emails that they send.
    pub(super) fn new<'t>(
        status: &StatusKey,
        workflow: Option<Workflow>,
        account: &Account,
        email: impl Fn(&TextBlockId) -> Option<&'t TextBlock>,
    ) -> Self {
        let bought = |step: &Step| match &step.kind {
            StepKind::Act(Action::SendEmail(id)) => email(id).is_none_or(|email| account.includes(email.feature())),
            _ => true,
        };
        let lacks = |step: &&Step| !account.includes(step.kind.feature()) || !bought(step);
        let steps = workflow.iter().flat_map(|workflow| &workflow.definition.steps);
        let suspended = steps.filter(lacks).map(|step| step.id.clone()).collect();
        Self { status: status.clone(), workflow, suspended }
    }
}

/// The workflow of a status as it is made. One whose actions were all deleted goes on under its name: tickets may still be on
/// their way through it.
fn new(desk: &mut Desk<'_, '_>, status: &Status) -> Workflow {
    let (now, made) = (desk.session.now(), desk.session.token());
    let before = kept(desk.world(), &(status.pipeline.clone(), status.id.clone()));
    let (id, revision, version) =
        before.map_or_else(|| (WorkflowId::stored(made), 0, 0), |it| (it.id, it.revision, it.version));
    Workflow {
        id,
        display_name: format!("Actions on {}", status.display_name).chars().take(128).collect(),
        state: WorkflowState::On,
        revision,
        definition: Definition::of_status(status.pipeline.clone(), status.id.clone()),
        of_status: Some((status.pipeline.clone(), status.id.clone())),
        template: String::new(),
        create_time: now,
        update_time: now,
        version,
    }
}

/// Writes other actions for a status. With the last one the workflow is seen no more, and stays for the tickets that are on
/// their way.
fn put(desk: &mut Desk<'_, '_>, before: &Workflow, definition: Definition) -> Result<(), Rejection> {
    if definition == before.definition {
        return Ok(());
    }
    if !definition.steps.is_empty() {
        check(desk, &definition, Some(&before.definition))?;
    }
    let after = Workflow { definition, revision: before.revision + 1, ..before.clone() };
    keep(desk, &after);
    let fields = FieldChange::of("revision", before.revision, after.revision).into_iter().collect();
    save(desk, after, fields);
    Ok(())
}

/// What the account must have bought for an action, no placeholder among actions that are on (C-105), and a
/// word where an email says that an open ticket is closed (C-080).
fn admit(desk: &mut Desk<'_, '_>, status: &Status, before: &Workflow, step: &Step) -> Result<(), Rejection> {
    desk.needs(Feature::StatusActions)?;
    desk.needs(step.kind.feature())?;
    if before.state == WorkflowState::On && matches!(step.kind, StepKind::Act(Action::Placeholder(_))) {
        let of = desk.name(&Name::Status(status.pipeline.clone(), status.id.clone()));
        return Err(Rejection::WorkflowIncomplete { workflow: of, steps: step.id.clone() });
    }
    if let StepKind::Act(Action::SendEmail(id)) = &step.kind
        && id.as_str() == TICKET_CLOSED
        && status.is_open()
    {
        let text = "the email says that the ticket is closed, and the status is open".to_owned();
        desk.session.warn("status_action.step.send_email", text, Name::TextBlock(id.clone()).to_string());
    }
    Ok(())
}

/// Where an action is, still as the caller last saw it.
fn find(desk: &Desk<'_, '_>, (status, id): &ActionKey, etag: Option<i64>) -> Result<(Status, Workflow), Rejection> {
    let name = Name::StatusAction(status.0.clone(), status.1.clone(), id.clone());
    let workflow = held(desk.world(), status).filter(|workflow| workflow.definition.step(id).is_some());
    let workflow = workflow.ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, workflow.version)?;
    Ok((find_status(desk, status, None)?, workflow))
}

/// The refusal of an action that a field names and the status does not have.
fn missing(desk: &Desk<'_, '_>, field: &str, action: Option<&ActionKey>) -> Rejection {
    let name = |((pipeline, status), id): &ActionKey| Name::StatusAction(pipeline.clone(), status.clone(), id.clone());
    let resource = action.map(|action| desk.name(&name(action))).unwrap_or_default();
    Rejection::ReferenceNotFound { field: field.to_owned(), resource }
}

/// Adds an action to a status.
#[derive(Debug, Clone)]
pub struct CreateAction {
    /// The status.
    pub status: StatusKey,
    /// The action; its id is free.
    pub step: Step,
    /// The action that it follows; none: it comes last.
    pub after: Option<ActionKey>,
}

impl UseCase for CreateAction {
    type Outcome = OneAction;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, &self.status);
        need_named(keys, &Definition { steps: vec![self.step.clone()], ..Definition::default() });
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<OneAction, Rejection> {
        let status = find_status(desk, &self.status, None)?;
        let before = held(desk.world(), &self.status);
        let before = before.unwrap_or_else(|| new(desk, &status));
        admit(desk, &status, &before, &self.step)?;
        let name = |id: &String| Name::StatusAction(status.pipeline.clone(), status.id.clone(), id.clone());
        if before.definition.step(&self.step.id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&name(&self.step.id)) });
        }
        if before.definition.steps.len() >= MOST_STEPS {
            return Err(Rejection::Quota { quota: "actions of a status", limit: MOST_STEPS as u64 });
        }
        let mut definition = before.definition.clone();
        let after = self.after.as_ref();
        let here = after.is_none_or(|(of, _)| *of == self.status);
        if !here || !definition.insert(self.step.clone(), after.map(|(_, id)| id.as_str())) {
            return Err(missing(desk, "after", after));
        }
        put(desk, &before, definition)?;
        Ok(OneAction { id: self.step.id.clone(), all: actions(desk, &self.status) })
    }
}

/// Changes an action, or what people say to each other about it.
#[derive(Debug, Clone)]
pub struct UpdateAction {
    /// Which.
    pub action: ActionKey,
    /// The id in the step that is given: the same one.
    pub step_id: String,
    /// What it does from now on; none leaves it.
    pub kind: Option<StepKind>,
    /// The new note; none leaves it.
    pub note: Option<String>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateAction {
    type Outcome = OneAction;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, &self.action.0);
        let step = |kind| Step { id: String::new(), next: None, note: String::new(), kind };
        let steps = self.kind.clone().map(step).into_iter().collect();
        need_named(keys, &Definition { steps, ..Definition::default() });
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<OneAction, Rejection> {
        let (status, before) = find(desk, &self.action, self.etag)?;
        if self.step_id != self.action.1 {
            return Err(Rejection::FieldImmutable { field: "status_action.step.step_id".to_owned() });
        }
        let mut definition = before.definition.clone();
        for step in definition.steps.iter_mut().filter(|step| step.id == self.action.1) {
            let after = Step {
                kind: self.kind.clone().unwrap_or_else(|| step.kind.clone()),
                note: self.note.clone().unwrap_or_else(|| step.note.clone()),
                ..step.clone()
            };
            if after.kind != step.kind {
                admit(desk, &status, &before, &after)?;
            }
            *step = after;
        }
        put(desk, &before, definition)?;
        Ok(OneAction { id: self.action.1.clone(), all: actions(desk, &self.action.0) })
    }
}

/// Takes an action away, alone or with all later ones. On every plan.
#[derive(Debug, Clone)]
pub struct DeleteAction {
    /// Which.
    pub action: ActionKey,
    /// All later ones too; inside a branch those of the branch (C-083).
    pub later_too: bool,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteAction {
    type Outcome = StatusActions;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, &self.action.0);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<StatusActions, Rejection> {
        let (_, before) = find(desk, &self.action, self.etag)?;
        let mut definition = before.definition.clone();
        definition.remove(&self.action.1, self.later_too);
        put(desk, &before, definition)?;
        Ok(actions(desk, &self.action.0))
    }
}

/// Puts the actions of a status into another order.
#[derive(Debug, Clone)]
pub struct ReorderActions {
    /// The status.
    pub status: StatusKey,
    /// Every action once, in the new order.
    pub order: Vec<ActionKey>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for ReorderActions {
    type Outcome = StatusActions;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, &self.status);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<StatusActions, Rejection> {
        let status = find_status(desk, &self.status, None)?;
        desk.needs(Feature::StatusActions)?;
        let bad = |text: &str| Rejection::field("status_actions", "INCONSISTENT", text);
        let before = held(desk.world(), &self.status);
        let has = |id: &str| before.as_ref().is_some_and(|before| before.definition.step(id).is_some());
        if let Some(stranger) = self.order.iter().find(|(of, id)| *of != self.status || !has(id)) {
            return Err(missing(desk, "status_actions", Some(stranger)));
        }
        let before = before.ok_or_else(|| bad("must name every action once"))?;
        desk.same_version(&Name::Status(status.pipeline, status.id), self.etag, before.version)?;
        if !before.definition.is_row() {
            return Err(bad("is for actions in a row: these have branches, and are ordered as a workflow"));
        }
        let mut definition = before.definition.clone();
        let order: Vec<String> = self.order.iter().map(|(_, id)| id.clone()).collect();
        if !definition.reorder(&order) {
            return Err(bad("must name every action once"));
        }
        put(desk, &before, definition)?;
        Ok(actions(desk, &self.status))
    }
}

/// Takes the actions of a status away that goes.
pub(super) fn drop_actions(desk: &mut Desk<'_, '_>, status: &StatusKey) {
    if let Some(workflow) = kept(desk.world(), status) {
        erase(desk, &workflow.id);
    }
}
