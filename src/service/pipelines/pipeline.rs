//! What all changes of pipelines and statuses share.

use super::read::PipelineWithStatuses;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{Pipeline, Status, lacks_state};
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;

/// Pipeline and id of a status.
pub type StatusKey = (PipelineId, StatusId);

/// A pipeline that can be changed, still as it was when the caller looked.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::EtagMismatch`], [`Rejection::Transition`] for one that is being deleted.
pub fn find(desk: &Desk<'_, '_>, id: &PipelineId, etag: Option<i64>) -> Result<Pipeline, Rejection> {
    let name = Name::Pipeline(id.clone());
    let found = desk.world().people().pipelines.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    if found.leaving.is_some() { Err(being_deleted(desk, &name)) } else { Ok(found) }
}

/// A status that can be changed, still as it was when the caller looked.
///
/// # Errors
/// As [`find`].
pub fn find_status(desk: &Desk<'_, '_>, key: &StatusKey, etag: Option<i64>) -> Result<Status, Rejection> {
    let name = Name::Status(key.0.clone(), key.1.clone());
    let found = desk.world().people().statuses.get(key).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    if found.leaving.is_some() { Err(being_deleted(desk, &name)) } else { find(desk, &key.0, None).map(|_| found) }
}

fn being_deleted(desk: &Desk<'_, '_>, name: &Name) -> Rejection {
    Rejection::Transition { resource: desk.name(name), from: "DELETING".to_owned(), to: "CHANGED".to_owned() }
}

/// Writes a pipeline with the marks of a change, and its event.
pub fn save(desk: &mut Desk<'_, '_>, mut pipeline: Pipeline, fields: Vec<FieldChange>) {
    pipeline.version += 1;
    pipeline.update_time = desk.session.now();
    let id = pipeline.id.clone();
    desk.session.world.people_mut().pipelines.put(id.clone(), pipeline);
    desk.event(EventType::ConfigChanged, &Name::Pipeline(id), fields);
}

/// Writes a status with the marks of a change, and its event.
pub fn save_status(desk: &mut Desk<'_, '_>, mut status: Status, fields: Vec<FieldChange>) -> Status {
    status.version += 1;
    status.update_time = desk.session.now();
    let key = (status.pipeline.clone(), status.id.clone());
    desk.session.world.people_mut().statuses.put(key.clone(), status.clone());
    desk.event(EventType::ConfigChanged, &Name::Status(key.0, key.1), fields);
    status
}

/// A pipeline as the session has it now, with its statuses in order.
pub fn with_statuses(desk: &Desk<'_, '_>, id: &PipelineId) -> PipelineWithStatuses {
    let people = desk.world().people();
    let pipeline = people.pipelines.get(id).cloned().expect("it was found or written in this session");
    let mut statuses: Vec<&Status> = people.every_status_of(id).collect();
    statuses.sort_by(|a, b| (a.position, &a.id).cmp(&(b.position, &b.id)));
    (pipeline, statuses.into_iter().map(|status| status.id.clone()).collect())
}

/// Whether no other pipeline has the name.
///
/// # Errors
/// [`Rejection::Duplicate`].
pub fn free_name(desk: &Desk<'_, '_>, id: &PipelineId, display_name: &str) -> Result<(), Rejection> {
    let same = |other: &&Pipeline| other.id != *id && alike(&other.display_name, display_name);
    match desk.world().people().pipelines.values().find(same) {
        None => Ok(()),
        Some(other) => {
            let existing = desk.name(&Name::Pipeline(other.id.clone()));
            Err(Rejection::Duplicate { field: "pipeline.display_name", value: display_name.to_owned(), existing })
        }
    }
}

/// Whether no other status of the pipeline has the name.
///
/// # Errors
/// [`Rejection::Duplicate`].
pub fn free_status_name(desk: &Desk<'_, '_>, key: &StatusKey, display_name: &str) -> Result<(), Rejection> {
    let same = |other: &&Status| other.id != key.1 && alike(&other.display_name, display_name);
    match desk.world().people().every_status_of(&key.0).find(same) {
        None => Ok(()),
        Some(other) => {
            let existing = desk.name(&Name::Status(other.pipeline.clone(), other.id.clone()));
            let field = "pipeline_status.display_name";
            Err(Rejection::Duplicate { field, value: display_name.to_owned(), existing })
        }
    }
}

/// Names are told apart without regard to case.
pub fn alike(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether these statuses are enough for a pipeline (C-071).
///
/// # Errors
/// [`Rejection::PipelineNeedsStatus`].
pub fn enough<'a>(
    desk: &Desk<'_, '_>,
    pipeline: &PipelineId,
    statuses: impl Iterator<Item = &'a Status>,
) -> Result<(), Rejection> {
    match lacks_state(statuses) {
        None => Ok(()),
        Some(state) => {
            let pipeline = desk.name(&Name::Pipeline(pipeline.clone()));
            Err(Rejection::PipelineNeedsStatus { pipeline, state })
        }
    }
}

/// A status of this pipeline that is not going, named in a field.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`], [`Rejection::StatusNotInPipeline`].
pub fn status_of(
    desk: &Desk<'_, '_>,
    field: &str,
    pipeline: &PipelineId,
    key: &StatusKey,
) -> Result<Status, Rejection> {
    let name = desk.name(&Name::Status(key.0.clone(), key.1.clone()));
    let Some(status) = desk.world().people().status_to_enter(key) else {
        return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource: name });
    };
    if status.pipeline != *pipeline {
        let pipeline = desk.name(&Name::Pipeline(pipeline.clone()));
        return Err(Rejection::StatusNotInPipeline { status: name, pipeline });
    }
    Ok(status.clone())
}
