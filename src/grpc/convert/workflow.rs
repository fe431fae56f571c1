//! Workflows and their runs on the wire.

use crate::domain::hours::Hours;
use crate::domain::ids::{AccountId, PipelineId, StatusId, TeamId, UserId, WorkflowId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{
    Action, Arm, ContactSource, Definition, LogEntry, Notice, Rotation, Run, RunState, Step, StepKind, Trigger,
    TriggerKind, ValueArm, Workflow, WorkflowState,
    templates::{self, Template},
};
use crate::grpc::convert::common::moment;
use crate::grpc::convert::schedule::{block, block_of};
use crate::grpc::convert::ticket::{priority, priority_of};
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, property, timestamp};
use crate::grpc::pb::v1::{self, workflow_step::Kind};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::workflows::{
    Cancel, Create, Delete, Enroll, PartialDefinition, RotateSecret, Switch, Trial, Update,
};

const CHANGEABLE: [&str; 5] = ["display_name", "triggers", "condition", "reenroll", "steps"];
const OUTPUT_ONLY: [&str; 9] =
    ["name", "state", "revision", "from_template", "status", "suspended", "create_time", "update_time", "etag"];

/// A workflow as callers see it. `unpaid`: the tier of the account does not include workflows.
pub fn workflow(account: &AccountId, workflow: &Workflow, unpaid: bool) -> v1::Workflow {
    let on = workflow.state == WorkflowState::On;
    v1::Workflow {
        name: Name::Workflow(workflow.id.clone()).within(account),
        display_name: workflow.display_name.clone(),
        state: if on { v1::WorkflowState::On } else { v1::WorkflowState::Off }.into(),
        triggers: workflow.definition.triggers.iter().map(|it| trigger(account, it)).collect(),
        condition: workflow.definition.condition.clone(),
        reenroll: workflow.definition.again,
        steps: workflow.definition.steps.iter().map(|it| step(account, it)).collect(),
        from_template: workflow.template.clone(),
        status: workflow.of_status.clone().map(|(it, id)| Name::Status(it, id).within(account)).unwrap_or_default(),
        revision: workflow.revision,
        suspended: on && unpaid,
        create_time: Some(timestamp(workflow.create_time)),
        update_time: Some(timestamp(workflow.update_time)),
        etag: etag(workflow.version),
    }
}

/// A template as callers see it.
pub fn template(account: &AccountId, template: &Template) -> v1::WorkflowTemplate {
    let definition = &template.definition;
    let workflow = v1::Workflow {
        display_name: template.display_name.to_owned(),
        triggers: definition.triggers.iter().map(|it| trigger(account, it)).collect(),
        condition: definition.condition.clone(),
        reenroll: definition.again,
        steps: definition.steps.iter().map(|it| step(account, it)).collect(),
        from_template: template.id.to_owned(),
        ..v1::Workflow::default()
    };
    v1::WorkflowTemplate {
        template_id: template.id.to_owned(),
        display_name: template.display_name.to_owned(),
        summary: template.summary.to_owned(),
        workflow: Some(workflow),
    }
}

fn trigger(account: &AccountId, trigger: &Trigger) -> v1::WorkflowTrigger {
    use v1::WorkflowTriggerKind as Wire;
    let kind = match trigger.kind {
        TriggerKind::Created => Wire::Created,
        TriggerKind::StatusEntered => Wire::StatusEntered,
        TriggerKind::FieldChanged => Wire::FieldChanged,
        TriggerKind::MessageReceived => Wire::MessageReceived,
        TriggerKind::MessageSent => Wire::MessageSent,
        TriggerKind::OwnerChanged => Wire::OwnerChanged,
    };
    let status = |(pipeline, id): &(PipelineId, StatusId)| Name::Status(pipeline.clone(), id.clone()).within(account);
    v1::WorkflowTrigger {
        kind: kind.into(),
        statuses: trigger.statuses.iter().map(status).collect(),
        field: trigger.field.clone(),
    }
}

fn users(account: &AccountId, users: &[UserId]) -> Vec<String> {
    users.iter().map(|id| Name::User(id.clone()).within(account)).collect()
}

/// A step as callers see it.
pub fn step(account: &AccountId, step: &Step) -> v1::WorkflowStep {
    let kind = match &step.kind {
        StepKind::Delay(seconds) => Kind::Delay(prost_types::Duration { seconds: (*seconds).into(), nanos: 0 }),
        StepKind::Branch(arms) => {
            let arm = |arm: &Arm| v1::BranchArm {
                condition: arm.condition.clone(),
                next_step: arm.next.clone().unwrap_or_default(),
            };
            Kind::Branch(v1::BranchStep { arms: arms.iter().map(arm).collect() })
        }
        StepKind::Until(time) => Kind::DelayUntil(timestamp(*time)),
        StepKind::Hours(hours) => Kind::DelayUntilOpen(v1::OpeningHours {
            time_zone: hours.zone.clone(),
            blocks: hours.blocks.iter().map(block).collect(),
        }),
        StepKind::ByValue(field, arms) => {
            let arm = |arm: &ValueArm| v1::ValueArm {
                value: arm.value.clone(),
                next_step: arm.next.clone().unwrap_or_default(),
            };
            Kind::BranchByValue(v1::ValueBranchStep { field: field.clone(), arms: arms.iter().map(arm).collect() })
        }
        StepKind::Act(action) => act(account, action),
    };
    v1::WorkflowStep {
        step_id: step.id.clone(),
        note: step.note.clone(),
        next_step: step.next.clone().unwrap_or_default(),
        kind: Some(kind),
    }
}

fn act(account: &AccountId, action: &Action) -> Kind {
    match action {
        Action::SetPriority(to) => {
            Kind::SetPriority(v1::SetPriorityStep { priority: to.map_or(v1::Priority::Unspecified, priority).into() })
        }
        Action::SetCategory(category) => Kind::SetCategory(v1::SetCategoryStep { category: category.clone() }),
        Action::ChangeTags(add, remove) => {
            Kind::ChangeTags(v1::ChangeTagsStep { add: add.clone(), remove: remove.clone() })
        }
        Action::SetStatus(pipeline, id) => {
            Kind::SetStatus(v1::SetStatusStep { status: Name::Status(pipeline.clone(), id.clone()).within(account) })
        }
        Action::SetOwner(user) => Kind::SetOwner(v1::SetOwnerStep { user: Name::User(user.clone()).within(account) }),
        Action::RotateOwner(among) => Kind::RotateOwner(v1::RotateOwnerStep {
            users: users(account, &among.users),
            teams: among.teams.iter().map(|id| Name::Team(id.clone()).within(account)).collect(),
            available_only: among.available_only,
            only_unassigned: among.only_unassigned,
        }),
        Action::AddFollowers(ids) => Kind::AddFollowers(v1::AddFollowersStep { users: users(account, ids) }),
        Action::Comment(text) => Kind::Comment(v1::CommentStep { text: text.clone() }),
        Action::Notify(notice) => Kind::Notify(v1::NotifyStep {
            users: users(account, &notice.users),
            owner: notice.owner,
            teams: notice.teams.iter().map(|id| Name::Team(id.clone()).within(account)).collect(),
            subject: notice.subject.clone(),
            text: notice.text.clone(),
        }),
        Action::SendEmail(id) => {
            Kind::SendEmail(v1::SendEmailStep { text_block: Name::TextBlock(id.clone()).within(account) })
        }
        Action::SetProperty(id, value) => Kind::SetProperty(v1::SetPropertyStep {
            property: Name::TicketProperty(id.clone()).within(account),
            value: value.as_ref().map(property::value),
        }),
        Action::SetContact(source) => {
            use v1::set_contact_step::Kind as Who;
            let kind = match source {
                ContactSource::Known(id) => Who::Contact(Name::Contact(*id).within(account)),
                ContactSource::Address(address) => Who::Email(address.clone()),
                ContactSource::Property(id) => Who::EmailProperty(Name::TicketProperty(id.clone()).within(account)),
            };
            Kind::SetContact(v1::SetContactStep { kind: Some(kind) })
        }
        Action::Webhook(url) => Kind::CallWebhook(v1::CallWebhookStep { url: url.clone() }),
        Action::Placeholder(text) => Kind::Placeholder(v1::PlaceholderStep { text: text.clone() }),
    }
}

/// A run as callers see it; one that was only tried has no name.
pub fn run(account: &AccountId, run: &Run) -> v1::WorkflowRun {
    let state = match run.state {
        RunState::Waiting => v1::WorkflowRunState::Waiting,
        RunState::Done => v1::WorkflowRunState::Done,
        RunState::Failed => v1::WorkflowRunState::Failed,
        RunState::Cancelled => v1::WorkflowRunState::Cancelled,
    };
    let entry = |entry: &LogEntry| v1::WorkflowStepTrace {
        step_id: entry.step.clone(),
        time: Some(timestamp(entry.time)),
        outcome: entry.outcome.clone(),
        why: entry.why.clone(),
    };
    let name = Name::WorkflowRun(run.workflow.clone(), run.id).within(account);
    v1::WorkflowRun {
        name: if run.id.0.is_nil() { String::new() } else { name },
        ticket: Name::Ticket(run.ticket).within(account),
        state: state.into(),
        workflow_revision: run.revision,
        current_step: run.step.clone(),
        resume_time: (run.state == RunState::Waiting).then(|| timestamp(run.due)),
        trace: run.log.iter().map(entry).collect(),
        cause: run.cause.clone(),
        chain_depth: i32::try_from(run.chain.depth).unwrap_or(i32::MAX),
        create_time: Some(timestamp(run.create_time)),
        end_time: run.end_time.map(timestamp),
    }
}

fn trigger_of(grant: &Grant, trigger: &v1::WorkflowTrigger) -> Result<Trigger, Rejection> {
    use v1::WorkflowTriggerKind as Wire;
    let kind = match trigger.kind() {
        Wire::Unspecified | Wire::Created => TriggerKind::Created,
        Wire::StatusEntered => TriggerKind::StatusEntered,
        Wire::FieldChanged => TriggerKind::FieldChanged,
        Wire::MessageReceived => TriggerKind::MessageReceived,
        Wire::MessageSent => TriggerKind::MessageSent,
        Wire::OwnerChanged => TriggerKind::OwnerChanged,
    };
    if (kind == TriggerKind::FieldChanged) == trigger.field.is_empty() {
        return Err(Rejection::field("workflow.triggers", "INCONSISTENT", "must name a field for FIELD_CHANGED alone"));
    }
    let field = "workflow.triggers";
    let status = |text: &String| name::required(field, name::status_ref(grant, field, text)?);
    let statuses = trigger.statuses.iter().map(status).collect::<Result<Vec<_>, Rejection>>()?;
    Ok(Trigger { kind, statuses, field: trigger.field.clone() })
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A step as it is given.
///
/// # Errors
/// Fields that break a rule.
pub fn step_of(grant: &Grant, step: &v1::WorkflowStep) -> Result<Step, Rejection> {
    let kind = name::required("workflow.steps", step.kind.as_ref())?;
    let kind = match kind {
        Kind::Delay(delay) => {
            let seconds = u32::try_from(delay.seconds).ok().filter(|_| delay.nanos == 0);
            let text = "must be whole seconds";
            StepKind::Delay(seconds.ok_or_else(|| Rejection::field("workflow.steps", "OUT_OF_RANGE", text))?)
        }
        Kind::Branch(branch) => {
            let arm = |arm: &v1::BranchArm| Arm { condition: arm.condition.clone(), next: optional(&arm.next_step) };
            StepKind::Branch(branch.arms.iter().map(arm).collect())
        }
        Kind::DelayUntil(time) => {
            let bad = || Rejection::field("workflow.steps", "OUT_OF_RANGE", "must lie in the years 1 to 9999");
            StepKind::Until(moment(time).ok_or_else(bad)?)
        }
        Kind::DelayUntilOpen(given) => {
            let mut hours =
                Hours { zone: given.time_zone.clone(), blocks: given.blocks.iter().map(block_of).collect() };
            let text = "must have a time zone of the IANA database, and blocks that do not overlap";
            hours.check().map_err(|_| Rejection::field("workflow.steps", "INCONSISTENT", text))?;
            StepKind::Hours(hours)
        }
        Kind::BranchByValue(branch) => {
            let arm = |arm: &v1::ValueArm| ValueArm { value: arm.value.clone(), next: optional(&arm.next_step) };
            StepKind::ByValue(branch.field.clone(), branch.arms.iter().map(arm).collect())
        }
        other => StepKind::Act(action_of(grant, other)?),
    };
    let (id, note) = (step.step_id.clone(), step.note.trim().to_owned());
    Ok(Step { id, note, next: optional(&step.next_step), kind })
}

fn users_of(grant: &Grant, texts: &[String]) -> Result<Vec<UserId>, Rejection> {
    let one = |text: &String| name::required("workflow.steps", name::user_ref(grant, "workflow.steps", text)?);
    texts.iter().map(one).collect()
}

fn action_of(grant: &Grant, kind: &Kind) -> Result<Action, Rejection> {
    let field = "workflow.steps";
    Ok(match kind {
        Kind::SetPriority(set) => Action::SetPriority(priority_of(set.priority())),
        Kind::SetCategory(set) => Action::SetCategory(set.category.clone()),
        Kind::ChangeTags(change) => Action::ChangeTags(change.add.clone(), change.remove.clone()),
        Kind::SetStatus(set) => {
            let (pipeline, id) = name::required(field, name::status_ref(grant, field, &set.status)?)?;
            Action::SetStatus(pipeline, id)
        }
        Kind::SetOwner(set) => Action::SetOwner(name::required(field, name::user_ref(grant, field, &set.user)?)?),
        Kind::RotateOwner(among) => {
            let teams: Vec<TeamId> = name::team_refs(grant, field, &among.teams)?;
            let users = users_of(grant, &among.users)?;
            if users.is_empty() && teams.is_empty() {
                return Err(Rejection::field(field, "TOO_FEW", "must name a user or a team"));
            }
            let (available_only, only_unassigned) = (among.available_only, among.only_unassigned);
            Action::RotateOwner(Rotation { users, teams, available_only, only_unassigned })
        }
        Kind::AddFollowers(add) => Action::AddFollowers(users_of(grant, &add.users)?),
        Kind::Comment(comment) => Action::Comment(comment.text.clone()),
        Kind::Notify(notify) => Action::Notify(Notice {
            users: users_of(grant, &notify.users)?,
            owner: notify.owner,
            teams: name::team_refs(grant, field, &notify.teams)?,
            subject: notify.subject.trim().to_owned(),
            text: notify.text.clone(),
        }),
        Kind::SendEmail(send) => {
            Action::SendEmail(name::required(field, name::text_block_ref(grant, field, &send.text_block)?)?)
        }
        Kind::SetProperty(set) => {
            let id = name::required(field, name::ticket_property_ref(grant, field, &set.property)?)?;
            let value = property::value_of(id.as_str(), set.value.as_ref())?;
            Action::SetProperty(id, value)
        }
        Kind::SetContact(set) => {
            use v1::set_contact_step::Kind as Who;
            Action::SetContact(match name::required(field, set.kind.as_ref())? {
                Who::Contact(text) => {
                    ContactSource::Known(name::required(field, name::contact_ref(grant, field, text)?)?)
                }
                Who::Email(address) => ContactSource::Address(address.clone()),
                Who::EmailProperty(text) => {
                    ContactSource::Property(name::required(field, name::ticket_property_ref(grant, field, text)?)?)
                }
            })
        }
        Kind::CallWebhook(call) => Action::Webhook(call.url.trim().to_owned()),
        Kind::Placeholder(open) => Action::Placeholder(open.text.clone()),
        Kind::Delay(_) | Kind::DelayUntil(_) | Kind::DelayUntilOpen(_) | Kind::Branch(_) | Kind::BranchByValue(_) => {
            return Err(Rejection::Internal("a step that is no action".to_owned()));
        }
    })
}

fn triggers_of(grant: &Grant, workflow: &v1::Workflow) -> Result<Vec<Trigger>, Rejection> {
    workflow.triggers.iter().map(|it| trigger_of(grant, it)).collect()
}

fn steps_of(grant: &Grant, workflow: &v1::Workflow) -> Result<Vec<Step>, Rejection> {
    workflow.steps.iter().map(|it| step_of(grant, it)).collect()
}

/// The use case of a `CreateWorkflow` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateWorkflowRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let given = name::required("workflow", request.workflow)?;
    let definition = Definition {
        triggers: triggers_of(grant, &given)?,
        condition: given.condition.clone(),
        again: given.reenroll,
        steps: steps_of(grant, &given)?,
    };
    if !given.from_template.is_empty() && !templates::is_known(&given.from_template) {
        return Err(Rejection::field("workflow.from_template", "NOT_ALLOWED", "must be the id of a template"));
    }
    Ok(Create {
        template: given.from_template.clone(),
        id: (!request.workflow_id.is_empty()).then(|| WorkflowId::stored(request.workflow_id)),
        display_name: display_name("workflow.display_name", &given.display_name)?,
        definition,
    })
}

/// The use case of an `UpdateWorkflow` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateWorkflowRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("workflow", request.workflow)?;
    let asked = |path: &str| paths.contains(&path);
    Ok(Update {
        workflow: name::workflow(grant, "workflow.name", &given.name)?,
        display_name: asked("display_name")
            .then(|| display_name("workflow.display_name", &given.display_name))
            .transpose()?,
        definition: PartialDefinition {
            triggers: asked("triggers").then(|| triggers_of(grant, &given)).transpose()?,
            condition: asked("condition").then(|| given.condition.clone()),
            again: asked("reenroll").then_some(given.reenroll),
            steps: asked("steps").then(|| steps_of(grant, &given)).transpose()?,
        },
        etag: version_of(&given.etag),
    })
}

/// The use case of a `DeleteWorkflow` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteWorkflowRequest) -> Result<Delete, Rejection> {
    let v1::DeleteWorkflowRequest { name: workflow, etag, .. } = request;
    Ok(Delete { workflow: name::workflow(grant, "name", &workflow)?, etag: version_of(&etag) })
}

/// The use case of a `TurnOnWorkflow` request.
///
/// # Errors
/// A name that is none.
pub fn turn_on(grant: &Grant, request: v1::TurnOnWorkflowRequest) -> Result<Switch, Rejection> {
    let v1::TurnOnWorkflowRequest { name, etag, .. } = request;
    switch(grant, &name, &etag, WorkflowState::On)
}

/// The use case of a `TurnOffWorkflow` request.
///
/// # Errors
/// A name that is none.
pub fn turn_off(grant: &Grant, request: v1::TurnOffWorkflowRequest) -> Result<Switch, Rejection> {
    let v1::TurnOffWorkflowRequest { name, etag, .. } = request;
    switch(grant, &name, &etag, WorkflowState::Off)
}

fn switch(grant: &Grant, text: &str, etag: &str, state: WorkflowState) -> Result<Switch, Rejection> {
    Ok(Switch { workflow: name::workflow(grant, "name", text)?, state, etag: version_of(etag) })
}

/// The trial of a `TestWorkflow` request.
///
/// # Errors
/// Names that are none.
pub fn trial(grant: &Grant, request: &v1::TestWorkflowRequest) -> Result<Trial, Rejection> {
    let workflow = name::workflow(grant, "name", &request.name)?;
    Ok(Trial { workflow, ticket: name::ticket(grant, "ticket", &request.ticket)? })
}

/// The use case of an `EnrollTicket` request.
///
/// # Errors
/// Names that are none.
pub fn enroll(grant: &Grant, request: v1::EnrollTicketRequest) -> Result<Enroll, Rejection> {
    let v1::EnrollTicketRequest { name: workflow, ticket, .. } = request;
    let workflow = name::workflow(grant, "name", &workflow)?;
    Ok(Enroll { workflow, ticket: name::ticket(grant, "ticket", &ticket)? })
}

/// The use case of a `RotateWebhookSecret` request.
///
/// # Errors
/// A name that is none.
pub fn rotate(grant: &Grant, request: &v1::RotateWebhookSecretRequest) -> Result<RotateSecret, Rejection> {
    name::account(grant, "parent", &request.parent).map(|_| RotateSecret)
}

/// The use case of a `CancelWorkflowRun` request.
///
/// # Errors
/// A name that is none.
pub fn cancel(grant: &Grant, request: v1::CancelWorkflowRunRequest) -> Result<Cancel, Rejection> {
    let v1::CancelWorkflowRunRequest { name: run, .. } = request;
    let (workflow, run) = name::workflow_run(grant, "name", &run)?;
    Ok(Cancel { workflow, run })
}
