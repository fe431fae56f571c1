//! Pipelines, their statuses and what happens by itself in them, on the wire.

use std::collections::BTreeMap;

use crate::domain::ids::{AccountId, PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{Pipeline, Status, StatusCategory, StatusRule};
use crate::domain::rejection::Rejection;
use crate::domain::ticket_form::{FIXED, FormField};
use crate::grpc::convert::ticket::status_category;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::pipelines::{
    AutomationChanges, Create, CreateStatus, Delete, DeleteStatus, NewStatus, PipelineWithStatuses, Reorder,
    ReorderStatuses, RuleChanges, Update, UpdateAutomation, UpdateStatus,
};

/// Pipeline and id of a status.
type StatusKey = (PipelineId, StatusId);

const CHANGEABLE: [&str; 3] = ["display_name", "transitions", "creation_statuses"];
const OUTPUT_ONLY: [&str; 7] =
    ["name", "position", "statuses", "moving_tickets_to", "create_time", "update_time", "etag"];
/// Paths of an automation that an update changes.
const AUTOMATION: [&str; 7] = [
    "on_email_sent",
    "on_email_sent.enabled",
    "on_email_sent.to_status",
    "on_contact_reply",
    "on_contact_reply.enabled",
    "on_contact_reply.to_status",
    "set_close_time",
];
const AUTOMATION_OUTPUT_ONLY: [&str; 5] =
    ["name", "on_email_sent.suspended", "on_contact_reply.suspended", "update_time", "etag"];

/// A pipeline as callers see it.
pub fn pipeline(account: &AccountId, (pipeline, statuses): &PipelineWithStatuses) -> v1::Pipeline {
    let status = |id: &StatusId| Name::Status(pipeline.id.clone(), id.clone()).within(account);
    let transition =
        |(from, to): &(StatusId, StatusId)| v1::StatusTransition { from_status: status(from), to_status: status(to) };
    let leaving = pipeline.leaving.as_ref().map(|leaving| Name::Pipeline(leaving.to.clone()).within(account));
    v1::Pipeline {
        name: Name::Pipeline(pipeline.id.clone()).within(account),
        display_name: pipeline.display_name.clone(),
        position: i32::try_from(pipeline.position).unwrap_or(i32::MAX),
        statuses: statuses.iter().map(status).collect(),
        transitions: pipeline.transitions.iter().map(transition).collect(),
        creation_statuses: pipeline.beginnings.iter().map(status).collect(),
        moving_tickets_to: leaving.unwrap_or_default(),
        create_time: Some(timestamp(pipeline.create_time)),
        update_time: Some(timestamp(pipeline.update_time)),
        etag: etag(pipeline.version),
    }
}

/// A status as callers see it.
pub fn status(account: &AccountId, status: &Status) -> v1::PipelineStatus {
    let name = |id: &StatusId| Name::Status(status.pipeline.clone(), id.clone()).within(account);
    v1::PipelineStatus {
        name: name(&status.id),
        display_name: status.display_name.clone(),
        category: status_category(status.category).into(),
        position: i32::try_from(status.position).unwrap_or(i32::MAX),
        required_fields: status.required.iter().map(|field| field.field.clone()).collect(),
        moving_tickets_to: status.leaving.as_ref().map(name).unwrap_or_default(),
        create_time: Some(timestamp(status.create_time)),
        update_time: Some(timestamp(status.update_time)),
        etag: etag(status.version),
    }
}

/// What happens by itself, as callers see it. `unpaid`: the rules do nothing for want of a tier.
pub fn automation(account: &AccountId, (pipeline, unpaid): &(Pipeline, bool)) -> v1::PipelineAutomation {
    let status = |id: &StatusId| Name::Status(pipeline.id.clone(), id.clone()).within(account);
    let rule = |rule: &StatusRule| v1::StatusRule {
        enabled: rule.enabled,
        to_status: rule.to.as_ref().map(status).unwrap_or_default(),
        suspended: rule.enabled && *unpaid,
    };
    v1::PipelineAutomation {
        name: Name::PipelineAutomation(pipeline.id.clone()).within(account),
        on_email_sent: Some(rule(&pipeline.automation.on_sent)),
        on_contact_reply: Some(rule(&pipeline.automation.on_reply)),
        set_close_time: Some(pipeline.automation.sets_close_time),
        update_time: Some(timestamp(pipeline.automation_update_time)),
        etag: etag(pipeline.automation_version),
    }
}

fn category_of(category: v1::StatusCategory) -> StatusCategory {
    match category {
        v1::StatusCategory::Unspecified | v1::StatusCategory::New => StatusCategory::New,
        v1::StatusCategory::WaitingOnContact => StatusCategory::WaitingOnContact,
        v1::StatusCategory::WaitingOnUs => StatusCategory::WaitingOnUs,
        v1::StatusCategory::Closed => StatusCategory::Closed,
    }
}

fn chosen(id: String) -> Option<StatusId> {
    (!id.is_empty()).then(|| StatusId::stored(id))
}

/// The use case of a `CreatePipeline` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreatePipelineRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let pipeline = name::required("pipeline", request.pipeline)?;
    if !pipeline.transitions.is_empty() {
        let text = "is set by an update, when the statuses have names";
        return Err(Rejection::field("pipeline.transitions", "NOT_ALLOWED", text));
    }
    if !pipeline.creation_statuses.is_empty() {
        let text = "is set by an update, when the statuses have names";
        return Err(Rejection::field("pipeline.creation_statuses", "NOT_ALLOWED", text));
    }
    let new = |status: v1::InitialStatus| -> Result<NewStatus, Rejection> {
        let category = category_of(status.category());
        let display_name = display_name("initial_statuses.display_name", &status.display_name)?;
        Ok(NewStatus { id: chosen(status.status_id), display_name, category })
    };
    Ok(Create {
        id: (!request.pipeline_id.is_empty()).then(|| PipelineId::stored(request.pipeline_id)),
        display_name: display_name("pipeline.display_name", &pipeline.display_name)?,
        statuses: request.initial_statuses.into_iter().map(new).collect::<Result<_, _>>()?,
    })
}

/// The use case of an `UpdatePipeline` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdatePipelineRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let pipeline = name::required("pipeline", request.pipeline)?;
    let status = |field: &str, text: &str| name::required(field, name::status_ref(grant, field, text)?);
    let transition = |it: &v1::StatusTransition| -> Result<(StatusKey, StatusKey), Rejection> {
        let status = |text: &str| status("pipeline.transitions", text);
        Ok((status(&it.from_status)?, status(&it.to_status)?))
    };
    let beginning = |text: &String| status("pipeline.creation_statuses", text);
    let transitions = paths.contains(&"transitions").then(|| pipeline.transitions.iter().map(transition).collect());
    let beginnings =
        paths.contains(&"creation_statuses").then(|| pipeline.creation_statuses.iter().map(beginning).collect());
    let renamed = paths.contains(&"display_name");
    Ok(Update {
        pipeline: name::pipeline(grant, "pipeline.name", &pipeline.name)?,
        display_name: renamed.then(|| display_name("pipeline.display_name", &pipeline.display_name)).transpose()?,
        transitions: transitions.transpose()?,
        beginnings: beginnings.transpose()?,
        etag: version_of(&pipeline.etag),
    })
}

/// The use case of a `DeletePipeline` request.
///
/// # Errors
/// Names that are none.
pub fn delete(grant: &Grant, request: v1::DeletePipelineRequest) -> Result<Delete, Rejection> {
    let field = "status_mapping";
    let status = |text: &str| name::required(field, name::status_ref(grant, field, text)?);
    let pair = |(from, to): (&String, &String)| Ok((status(from)?, status(to)?));
    let v1::DeletePipelineRequest { name: pipeline, move_tickets_to, status_mapping, etag, .. } = request;
    let to = name::pipeline_ref(grant, "move_tickets_to", &move_tickets_to)?;
    if to.is_none() && !status_mapping.is_empty() {
        return Err(Rejection::field("move_tickets_to", "REQUIRED", "must be set with a mapping"));
    }
    Ok(Delete {
        pipeline: name::pipeline(grant, "name", &pipeline)?,
        to,
        mapping: status_mapping.iter().map(pair).collect::<Result<BTreeMap<_, _>, Rejection>>()?,
        etag: version_of(&etag),
    })
}

/// The use case of a `ReorderPipelines` request.
///
/// # Errors
/// Names that are none.
pub fn reorder(grant: &Grant, request: v1::ReorderPipelinesRequest) -> Result<Reorder, Rejection> {
    let v1::ReorderPipelinesRequest { parent, pipelines, .. } = request;
    name::account(grant, "parent", &parent)?;
    let one = |text: &String| name::required("pipelines", name::pipeline_ref(grant, "pipelines", text)?);
    Ok(Reorder { pipelines: pipelines.iter().map(one).collect::<Result<_, _>>()? })
}

fn required_fields(fields: &[String]) -> Result<Vec<FormField>, Rejection> {
    let bad = || {
        let text = "must be a field that a ticket may lack, or `properties.` with the id of a property";
        Rejection::field("pipeline_status.required_fields", "NOT_ALLOWED", text)
    };
    let one = |text: &String| {
        let field = FormField::new(text, true);
        let known = field.property().is_ok() && !FIXED.contains(&text.as_str());
        if known { Ok(field) } else { Err(bad()) }
    };
    fields.iter().map(one).collect()
}

/// The use case of a `CreatePipelineStatus` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create_status(grant: &Grant, request: v1::CreatePipelineStatusRequest) -> Result<CreateStatus, Rejection> {
    let status = name::required("pipeline_status", request.pipeline_status)?;
    Ok(CreateStatus {
        pipeline: name::pipeline(grant, "parent", &request.parent)?,
        required: required_fields(&status.required_fields)?,
        status: NewStatus {
            id: chosen(request.pipeline_status_id),
            display_name: display_name("pipeline_status.display_name", &status.display_name)?,
            category: category_of(status.category()),
        },
    })
}

/// The use case of an `UpdatePipelineStatus` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update_status(grant: &Grant, request: v1::UpdatePipelineStatusRequest) -> Result<UpdateStatus, Rejection> {
    let known = ["display_name", "category", "required_fields"];
    let paths = mask::paths(request.update_mask.as_ref(), &known, &OUTPUT_ONLY)?;
    let status = name::required("pipeline_status", request.pipeline_status)?;
    let renamed = paths.contains(&"display_name");
    let required = paths.contains(&"required_fields").then(|| required_fields(&status.required_fields));
    Ok(UpdateStatus {
        status: name::status(grant, "pipeline_status.name", &status.name)?,
        display_name: renamed
            .then(|| display_name("pipeline_status.display_name", &status.display_name))
            .transpose()?,
        category: paths.contains(&"category").then(|| category_of(status.category())),
        required: required.transpose()?,
        etag: version_of(&status.etag),
    })
}

/// The use case of a `DeletePipelineStatus` request.
///
/// # Errors
/// Names that are none.
pub fn delete_status(grant: &Grant, request: v1::DeletePipelineStatusRequest) -> Result<DeleteStatus, Rejection> {
    let v1::DeletePipelineStatusRequest { name: status, move_tickets_to, etag, .. } = request;
    Ok(DeleteStatus {
        status: name::status(grant, "name", &status)?,
        to: name::status_ref(grant, "move_tickets_to", &move_tickets_to)?,
        etag: version_of(&etag),
    })
}

/// The use case of a `ReorderPipelineStatuses` request.
///
/// # Errors
/// Names that are none.
pub fn reorder_statuses(
    grant: &Grant,
    request: v1::ReorderPipelineStatusesRequest,
) -> Result<ReorderStatuses, Rejection> {
    let v1::ReorderPipelineStatusesRequest { name: pipeline, statuses, etag, .. } = request;
    let one = |text: &String| name::required("statuses", name::status_ref(grant, "statuses", text)?);
    Ok(ReorderStatuses {
        pipeline: name::pipeline(grant, "name", &pipeline)?,
        statuses: statuses.iter().map(one).collect::<Result<_, _>>()?,
        etag: version_of(&etag),
    })
}

/// The use case of an `UpdatePipelineAutomation` request.
///
/// # Errors
/// A bad mask, and names that are none.
pub fn update_automation(
    grant: &Grant,
    request: v1::UpdatePipelineAutomationRequest,
) -> Result<UpdateAutomation, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &AUTOMATION, &AUTOMATION_OUTPUT_ONLY)?;
    let given = name::required("pipeline_automation", request.pipeline_automation)?;
    let rule = |field: &str, rule: Option<v1::StatusRule>| -> Result<RuleChanges, Rejection> {
        let rule = rule.unwrap_or_default();
        let asked = |part: &str| paths.contains(&field) || paths.contains(&format!("{field}.{part}").as_str());
        let path = format!("pipeline_automation.{field}.to_status");
        let to = asked("to_status").then(|| name::status_ref(grant, &path, &rule.to_status)).transpose()?;
        Ok(RuleChanges { enabled: asked("enabled").then_some(rule.enabled), to })
    };
    let pipeline = name::pipeline_automation(grant, "pipeline_automation.name", &given.name)?;
    let set_close_time = paths.contains(&"set_close_time").then(|| given.set_close_time.unwrap_or(true));
    let changes = AutomationChanges {
        sets_close_time: set_close_time,
        on_sent: rule("on_email_sent", given.on_email_sent)?,
        on_reply: rule("on_contact_reply", given.on_contact_reply)?,
    };
    Ok(UpdateAutomation { pipeline, changes, etag: version_of(&given.etag) })
}
