//! Making, changing, switching and deleting workflows. Every edit of what a workflow does makes another definition; runs
//! finish on theirs.

use super::judge::properties_for;
use super::mails::need_emails;
use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TextBlockId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{TextBlock, TextBlockKind};
use crate::domain::workflow::{
    Action, Definition, MOST_WORKFLOWS, Revision, Step, StepKind, Workflow, WorkflowState, condition,
};
use crate::service::content::check_source;
use crate::service::desk::{Desk, UseCase};
use crate::service::page::filter_rejection;
use crate::storage::lane::{Keys, World};

/// The number of the first definition.
const FIRST: i64 = 1;

/// Makes a workflow, switched off.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<WorkflowId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// What it does.
    pub definition: Definition,
    /// The template that it was made from; empty: none.
    pub template: String,
}

impl UseCase for Create {
    type Outcome = Workflow;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.automation.revisions.extend(self.id.clone().map(|id| (id, FIRST)));
        need_named(keys, &self.definition);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Workflow, Rejection> {
        desk.needs(Feature::Workflows)?;
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| WorkflowId::stored(made));
        let workflows = &desk.world().people().workflows;
        if workflows.get(&id).is_some() || self.was_there(desk.world()) {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Workflow(id)) });
        }
        if workflows.values().filter(|it| it.of_status.is_none()).count() >= MOST_WORKFLOWS {
            return Err(Rejection::Quota { quota: "workflows", limit: MOST_WORKFLOWS as u64 });
        }
        check(desk, &self.definition, None)?;
        let now = desk.session.now();
        let workflow = Workflow {
            id,
            display_name: self.display_name.clone(),
            state: WorkflowState::Off,
            revision: FIRST,
            definition: self.definition.clone(),
            of_status: None,
            template: self.template.clone(),
            create_time: now,
            update_time: now,
            version: 0,
        };
        keep(desk, &workflow);
        Ok(save(desk, workflow, Vec::new()))
    }
}

impl Create {
    /// Whether a workflow had the id that is asked for: its definitions and runs are still there.
    fn was_there(&self, world: &World) -> bool {
        let first = |id: &WorkflowId| world.automation.revisions.get(&(id.clone(), FIRST)).is_some();
        self.id.as_ref().is_some_and(first)
    }
}

/// Whether a definition leads forward, and what was not in it before is in order: conditions and texts read, what it names is
/// there, what it needs is bought.
///
/// # Errors
/// The first that is not so.
pub(in crate::service) fn check(
    desk: &Desk<'_, '_>,
    definition: &Definition,
    before: Option<&Definition>,
) -> Result<(), Rejection> {
    if let Some(why) = definition.broken() {
        return Err(Rejection::field("workflow.steps", "INCONSISTENT", why));
    }
    let (account, now, people) = (desk.account(), desk.session.now(), desk.world().people());
    let (conditions, known) = (definition.conditions(), before.map(Definition::conditions).unwrap_or_default());
    let properties = properties_for(desk.world(), &conditions);
    for text in conditions.iter().filter(|text| !text.trim().is_empty() && !known.contains(text)) {
        condition(text, &account, now, &properties).map_err(filter_rejection)?;
    }
    check_values(desk, definition, before)?;
    let world = desk.world();
    let there = |name: &Name| match name {
        Name::Contact(id) => world.contacts.get(id).is_some(),
        Name::TextBlock(id) => email(world, id).is_some(),
        Name::User(id) => people.users.get(id).is_some(),
        Name::Team(id) => people.teams.get(id).is_some(),
        Name::TicketProperty(id) => people.properties.get(id).is_some(),
        Name::Status(pipeline, id) => people.status_to_enter(&(pipeline.clone(), id.clone())).is_some(),
        _ => true,
    };
    let known = before.map(|it| [it.names_of_triggers(), it.names_of_steps()].concat()).unwrap_or_default();
    let named = [("triggers", definition.names_of_triggers()), ("steps", definition.names_of_steps())];
    for (part, names) in named {
        if let Some(missing) = names.iter().find(|name| !known.contains(name) && !there(name)) {
            let (field, resource) = (format!("workflow.{part}"), desk.name(missing));
            return Err(Rejection::ReferenceNotFound { field, resource });
        }
    }
    let known = before.map(Definition::emails).unwrap_or_default();
    let new = definition.emails().into_iter().filter(|id| !known.contains(id));
    new.filter_map(|id| email(world, id)).try_for_each(|email| desk.needs(email.feature()))
}

/// An automated email.
fn email<'w>(world: &'w World, id: &TextBlockId) -> Option<&'w TextBlock> {
    world.content.text_blocks.get(id).filter(|block| block.kind == TextBlockKind::Email)
}

/// Names the contacts that steps associate, and the emails that they send.
pub(in crate::service) fn need_named(keys: &mut Keys, definition: &Definition) {
    let contact = |name| if let Name::Contact(id) = name { Some(id) } else { None };
    keys.contacts.extend(definition.names_of_steps().into_iter().filter_map(contact));
    need_emails(keys, definition);
}

/// Whether the values that steps set fit their properties, and their texts have placeholders that there are; what was in the
/// steps before stays.
fn check_values(desk: &Desk<'_, '_>, definition: &Definition, before: Option<&Definition>) -> Result<(), Rejection> {
    let properties = &desk.world().people().properties;
    let known = |step: &Step| before.and_then(|it| it.step(&step.id)).is_some_and(|was| was.kind == step.kind);
    for step in definition.steps.iter().filter(|step| !known(step)) {
        if let StepKind::Act(Action::Notify(notice)) = &step.kind {
            check_source("workflow.steps", &notice.subject)?;
            check_source("workflow.steps", &notice.text)?;
        }
        if let StepKind::Act(Action::SetProperty(id, Some(value))) = &step.kind
            && let Some(property) = properties.get(id)
        {
            let unfit = |(reason, text): (&'static str, String)| Rejection::field("workflow.steps", reason, &text);
            property.admits(None, value).map_err(unfit)?;
        }
    }
    Ok(())
}

/// Keeps a definition for the runs on it.
pub(in crate::service) fn keep(desk: &mut Desk<'_, '_>, workflow: &Workflow) {
    let (id, number, definition) = (workflow.id.clone(), workflow.revision, workflow.definition.clone());
    let revision = Revision { workflow: id.clone(), number, definition, create_time: desk.session.now() };
    desk.session.world.automation.revisions.put((id, number), revision);
}

/// Writes a workflow with the marks of a change, and its event.
pub(in crate::service) fn save(desk: &mut Desk<'_, '_>, mut workflow: Workflow, fields: Vec<FieldChange>) -> Workflow {
    workflow.version += 1;
    workflow.update_time = desk.session.now();
    desk.session.world.people_mut().workflows.put(workflow.id.clone(), workflow.clone());
    desk.event(EventType::ConfigChanged, &Name::Workflow(workflow.id.clone()), fields);
    workflow
}

/// A workflow, unless it is kept only for the runs on it.
pub(super) fn seen(desk: &Desk<'_, '_>, id: &WorkflowId) -> Option<Workflow> {
    desk.world().people().workflows.get(id).filter(|workflow| !workflow.is_over()).cloned()
}

fn find(desk: &Desk<'_, '_>, id: &WorkflowId, etag: Option<i64>) -> Result<Workflow, Rejection> {
    let name = Name::Workflow(id.clone());
    let found = seen(desk, id).ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    if found.of_status.is_some() {
        desk.holds(Permission::PipelinesAutomate, &name)?;
    }
    Ok(found)
}

/// Changes a workflow.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub workflow: WorkflowId,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// What it does from now on: each part that is given replaces the old one.
    pub definition: PartialDefinition,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Parts of a definition; none leaves a part as it is.
#[derive(Debug, Clone, Default)]
pub struct PartialDefinition {
    /// What takes tickets in.
    pub triggers: Option<Vec<crate::domain::workflow::Trigger>>,
    /// Which tickets.
    pub condition: Option<String>,
    /// Whether a ticket may come in again.
    pub again: Option<bool>,
    /// The steps.
    pub steps: Option<Vec<Step>>,
}

impl PartialDefinition {
    /// What these parts make of a definition.
    fn over(self, was: &Definition) -> Definition {
        Definition {
            triggers: self.triggers.unwrap_or_else(|| was.triggers.clone()),
            condition: self.condition.unwrap_or_else(|| was.condition.clone()),
            again: self.again.unwrap_or(was.again),
            steps: self.steps.unwrap_or_else(|| was.steps.clone()),
        }
    }
}

impl UseCase for Update {
    type Outcome = Workflow;

    fn needs(&self, world: &World, keys: &mut Keys) {
        if let Some(workflow) = world.people().workflows.get(&self.workflow) {
            need_named(keys, &self.definition.clone().over(&workflow.definition));
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Workflow, Rejection> {
        let before = find(desk, &self.workflow, self.etag)?;
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.definition = self.definition.clone().over(&before.definition);
        if after == before {
            return Ok(before);
        }
        if after.definition != before.definition {
            desk.needs(Feature::Workflows)?;
            stays_of_status(&before, &after)?;
            check(desk, &after.definition, Some(&before.definition))?;
            if after.state == WorkflowState::On {
                filled_in(desk, &after)?;
            }
            after.revision += 1;
            keep(desk, &after);
        }
        let changes = [
            FieldChange::of("display_name", &before.display_name, &after.display_name),
            FieldChange::of("revision", before.revision, after.revision),
        ];
        Ok(save(desk, after, changes.into_iter().flatten().collect()))
    }
}

/// The actions of a status begin whenever a ticket reaches it, and never otherwise (C-077).
fn stays_of_status(before: &Workflow, after: &Workflow) -> Result<(), Rejection> {
    let field = if before.definition.triggers != after.definition.triggers {
        "workflow.triggers"
    } else if before.definition.again != after.definition.again {
        "workflow.reenroll"
    } else {
        return Ok(());
    };
    if before.of_status.is_none() { Ok(()) } else { Err(Rejection::FieldImmutable { field: field.to_owned() }) }
}

/// Whether no step is a placeholder (C-105).
fn filled_in(desk: &Desk<'_, '_>, workflow: &Workflow) -> Result<(), Rejection> {
    let open = workflow.definition.unfilled();
    if open.is_empty() {
        return Ok(());
    }
    let name = desk.name(&Name::Workflow(workflow.id.clone()));
    Err(Rejection::WorkflowIncomplete { workflow: name, steps: open.join(",") })
}

/// Switches a workflow on or off. Runs go on to their end.
#[derive(Debug, Clone)]
pub struct Switch {
    /// Which.
    pub workflow: WorkflowId,
    /// On or off.
    pub state: WorkflowState,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Switch {
    type Outcome = Workflow;

    fn needs(&self, world: &World, keys: &mut Keys) {
        if let Some(workflow) = world.people().workflows.get(&self.workflow) {
            need_named(keys, &workflow.definition);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Workflow, Rejection> {
        let before = find(desk, &self.workflow, self.etag)?;
        if before.state == self.state {
            return Ok(before);
        }
        if self.state == WorkflowState::On {
            desk.needs(before.feature())?;
            check(desk, &before.definition, None)?;
            filled_in(desk, &before)?;
        }
        let code = |state: WorkflowState| state.code().to_uppercase();
        let fields = FieldChange::of("state", code(before.state), code(self.state)).into_iter().collect();
        Ok(save(desk, Workflow { state: self.state, ..before }, fields))
    }
}

/// Deletes a workflow. Runs that wait are cancelled when they would go on.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub workflow: WorkflowId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        find(desk, &self.workflow, self.etag)?;
        erase(desk, &self.workflow);
        Ok(())
    }
}

/// Takes a workflow away, and tells it.
pub(in crate::service) fn erase(desk: &mut Desk<'_, '_>, id: &WorkflowId) {
    desk.session.world.people_mut().workflows.remove(id);
    desk.event(EventType::ConfigChanged, &Name::Workflow(id.clone()), Vec::new());
}
