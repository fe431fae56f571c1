//! Actions on statuses on the wire.

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Step, WorkflowState};
use crate::grpc::convert::{mask, name, timestamp, workflow};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::pipelines::{
    ActionKey, AutomationWorkflows, CreateAction, DeleteAction, OneAction, ReorderActions, StatusActions, UpdateAction,
};

const CHANGEABLE: [&str; 2] = ["step", "step.note"];
const OUTPUT_ONLY: [&str; 6] = ["name", "position", "suspended", "workflow", "update_time", "etag"];

/// The actions of a status as callers see them.
pub fn actions(account: &AccountId, all: &StatusActions) -> Vec<v1::StatusAction> {
    let Some(held) = &all.workflow else { return Vec::new() };
    let (pipeline, status) = &all.status;
    let action = |(position, step): (usize, &Step)| v1::StatusAction {
        name: Name::StatusAction(pipeline.clone(), status.clone(), step.id.clone()).within(account),
        position: i32::try_from(position).unwrap_or(i32::MAX),
        step: Some(workflow::step(account, step)),
        suspended: all.suspended.contains(&step.id) && held.state == WorkflowState::On,
        workflow: Name::Workflow(held.id.clone()).within(account),
        update_time: Some(timestamp(held.update_time)),
        etag: etag(held.version),
    };
    held.definition.steps.iter().enumerate().map(action).collect()
}

/// One of them; none where it is not there.
pub fn action(account: &AccountId, one: &OneAction) -> Option<v1::StatusAction> {
    let is = |action: &v1::StatusAction| action.step.as_ref().is_some_and(|step| step.step_id == one.id);
    actions(account, &one.all).into_iter().find(is)
}

/// What happens by itself in a pipeline, as workflows.
pub fn inspected(grant: &Grant, account: &AccountId, found: &AutomationWorkflows) -> Vec<v1::Workflow> {
    let rules = found.rules.iter().map(|rule| {
        let shown = workflow::workflow(account, rule, found.suspended);
        v1::Workflow { name: String::new(), etag: String::new(), ..shown }
    });
    let unpaid = |it: &crate::domain::workflow::Workflow| grant.tier().is_some_and(|tier| !it.feature().is_in(tier));
    let actions = found.actions.iter().map(|held| workflow::workflow(account, held, unpaid(held)));
    rules.chain(actions).collect()
}

/// The use case of a `CreateStatusAction` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateStatusActionRequest) -> Result<CreateAction, Rejection> {
    let given = name::required("status_action", request.status_action)?;
    let given = name::required("status_action.step", given.step)?;
    if !given.next_step.is_empty() {
        let text = "is the service's: an action is followed by the next of its status";
        return Err(Rejection::field("status_action.step.next_step", "NOT_ALLOWED", text));
    }
    let status = name::status(grant, "parent", &request.parent)?;
    let after = name::status_action_ref(grant, "after", &request.after)?;
    Ok(CreateAction { step: workflow::step_of(grant, &given)?, status, after })
}

/// The use case of an `UpdateStatusAction` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateStatusActionRequest) -> Result<UpdateAction, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("status_action", request.status_action)?;
    let action: ActionKey = name::status_action(grant, "status_action.name", &given.name)?;
    let step = name::required("status_action.step", given.step)?;
    let whole = paths.contains(&"step");
    Ok(UpdateAction {
        kind: whole.then(|| workflow::step_of(grant, &step)).transpose()?.map(|step| step.kind),
        note: (whole || paths.contains(&"step.note")).then(|| step.note.trim().to_owned()),
        action,
        step_id: step.step_id,
        etag: version_of(&given.etag),
    })
}

/// The use case of a `DeleteStatusAction` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteStatusActionRequest) -> Result<DeleteAction, Rejection> {
    let v1::DeleteStatusActionRequest { name: action, later_ones_too: later_too, etag, .. } = request;
    Ok(DeleteAction { action: name::status_action(grant, "name", &action)?, later_too, etag: version_of(&etag) })
}

/// The use case of a `ReorderStatusActions` request.
///
/// # Errors
/// Names that are none.
pub fn reorder(grant: &Grant, request: v1::ReorderStatusActionsRequest) -> Result<ReorderActions, Rejection> {
    let v1::ReorderStatusActionsRequest { name: status, status_actions, etag, .. } = request;
    let status = name::status(grant, "name", &status)?;
    let field = "status_actions";
    let one = |text: &String| name::required(field, name::status_action_ref(grant, field, text)?);
    let order = status_actions.iter().map(one).collect::<Result<_, _>>()?;
    Ok(ReorderActions { status, order, etag: version_of(&etag) })
}
