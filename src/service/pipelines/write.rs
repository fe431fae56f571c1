//! Making, changing and ordering pipelines.

use std::collections::BTreeSet;

use super::pipeline::{StatusKey, alike, enough, find, free_name, save, save_status, status_of, with_statuses};
use super::read::PipelineWithStatuses;
use crate::domain::event::FieldChange;
use crate::domain::ids::{PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{DEFAULT_STATUSES, Pipeline, Status, StatusCategory};
use crate::domain::plan::{Feature, most_pipelines, tier_for_pipelines};
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// A status that a pipeline begins with.
#[derive(Debug, Clone)]
pub struct NewStatus {
    /// The chosen id; one is made when there is none.
    pub id: Option<StatusId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// What it means.
    pub category: StatusCategory,
}

/// Makes a pipeline.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<PipelineId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// Its statuses, in order; none: those of a new account.
    pub statuses: Vec<NewStatus>,
}

impl UseCase for Create {
    type Outcome = PipelineWithStatuses;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<PipelineWithStatuses, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| PipelineId::stored(made));
        if desk.world().people().pipelines.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Pipeline(id)) });
        }
        room(desk)?;
        free_name(desk, &id, &self.display_name)?;
        let statuses = self.statuses(desk, &id)?;
        enough(desk, &id, statuses.iter())?;
        let last = desk.world().people().pipelines.values().map(|pipeline| pipeline.position).max();
        let now = desk.session.now();
        let pipeline = Pipeline::new(id.clone(), self.display_name.clone(), last.map_or(0, |last| last + 1), now);
        save(desk, Pipeline { version: 0, ..pipeline }, Vec::new());
        for status in statuses {
            save_status(desk, Status { version: 0, ..status }, Vec::new());
        }
        Ok(with_statuses(desk, &id))
    }
}

/// Whether the account may have one more pipeline.
fn room(desk: &Desk<'_, '_>) -> Result<(), Rejection> {
    let (count, tier) = (desk.world().people().pipelines.values().count() + 1, desk.world().account.tier);
    match tier_for_pipelines(count) {
        _ if count <= most_pipelines(tier) => Ok(()),
        Some(required) => Err(Rejection::SubscriptionRequired { required, tier, feature: "pipelines" }),
        None => Err(Rejection::Quota { quota: "pipelines", limit: most_pipelines(tier) as u64 }),
    }
}

impl Create {
    fn statuses(&self, desk: &mut Desk<'_, '_>, pipeline: &PipelineId) -> Result<Vec<Status>, Rejection> {
        let usual = |(id, name, category): (&str, &str, StatusCategory)| NewStatus {
            id: Some(StatusId::stored(id)),
            display_name: name.to_owned(),
            category,
        };
        let wanted =
            if self.statuses.is_empty() { DEFAULT_STATUSES.map(usual).to_vec() } else { self.statuses.clone() };
        let now = desk.session.now();
        let mut made: Vec<Status> = Vec::with_capacity(wanted.len());
        for (position, new) in (0..).zip(wanted) {
            let token = desk.session.token();
            let id = new.id.unwrap_or_else(|| StatusId::stored(token));
            if made.iter().any(|other| other.id == id) {
                return Err(Rejection::field("initial_statuses", "NOT_UNIQUE", "must have an id each"));
            }
            if let Some(other) = made.iter().find(|other| alike(&other.display_name, &new.display_name)) {
                let existing = desk.name(&Name::Status(pipeline.clone(), other.id.clone()));
                let field = "initial_statuses.display_name";
                return Err(Rejection::Duplicate { field, value: new.display_name, existing });
            }
            made.push(Status::new((pipeline.clone(), id), new.display_name, new.category, position, now));
        }
        Ok(made)
    }
}

/// Changes a pipeline.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub pipeline: PipelineId,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// Which status may follow which; none leaves it.
    pub transitions: Option<Vec<(StatusKey, StatusKey)>>,
    /// In which statuses a ticket may begin; none leaves it.
    pub beginnings: Option<Vec<StatusKey>>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = PipelineWithStatuses;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<PipelineWithStatuses, Rejection> {
        let before = find(desk, &self.pipeline, self.etag)?;
        let mut after = before.clone();
        if let Some(display_name) = &self.display_name {
            free_name(desk, &self.pipeline, display_name)?;
            after.display_name.clone_from(display_name);
        }
        if let Some(transitions) = &self.transitions {
            after.transitions = self.checked(desk, transitions)?;
            if !after.transitions.is_empty() && after.transitions != before.transitions {
                desk.needs(Feature::StatusTransitions)?;
            }
        }
        if let Some(beginnings) = &self.beginnings {
            let field = "pipeline.creation_statuses";
            let status = |key| status_of(desk, field, &self.pipeline, key).map(|status| status.id);
            after.beginnings = beginnings.iter().map(status).collect::<Result<_, _>>()?;
            if !after.beginnings.is_empty() && after.beginnings != before.beginnings {
                desk.needs(Feature::StatusTransitions)?;
            }
        }
        let changes = [
            FieldChange::of("display_name", &before.display_name, &after.display_name),
            FieldChange::of("transitions", told(&before), told(&after)),
            FieldChange::of("creation_statuses", begins(&before), begins(&after)),
        ];
        let fields: Vec<_> = changes.into_iter().flatten().collect();
        if !fields.is_empty() {
            save(desk, after, fields);
        }
        Ok(with_statuses(desk, &self.pipeline))
    }
}

fn told(pipeline: &Pipeline) -> String {
    let pair = |(from, to): &(StatusId, StatusId)| format!("{from}>{to}");
    pipeline.transitions.iter().map(pair).collect::<Vec<_>>().join(",")
}

fn begins(pipeline: &Pipeline) -> String {
    pipeline.beginnings.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

impl Update {
    fn checked(
        &self,
        desk: &Desk<'_, '_>,
        transitions: &[(StatusKey, StatusKey)],
    ) -> Result<BTreeSet<(StatusId, StatusId)>, Rejection> {
        let status = |key| status_of(desk, "pipeline.transitions", &self.pipeline, key).map(|status| status.id);
        transitions.iter().map(|(from, to)| Ok((status(from)?, status(to)?))).collect()
    }
}

/// Puts the pipelines into another order.
#[derive(Debug, Clone)]
pub struct Reorder {
    /// Every pipeline, in the new order.
    pub pipelines: Vec<PipelineId>,
}

impl UseCase for Reorder {
    type Outcome = Vec<PipelineWithStatuses>;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection> {
        let known: BTreeSet<PipelineId> = desk.world().people().pipelines.values().map(|it| it.id.clone()).collect();
        every_one_once("pipelines", &self.pipelines, &known, |id| desk.name(&Name::Pipeline(id.clone())))?;
        for (position, id) in (0..).zip(&self.pipelines) {
            let before = desk.world().people().pipelines.get(id).cloned();
            if let Some(before) = before.filter(|before| before.position != position) {
                let fields = FieldChange::of("position", before.position, position).into_iter().collect();
                save(desk, Pipeline { position, ..before }, fields);
            }
        }
        Ok(self.pipelines.iter().map(|id| with_statuses(desk, id)).collect())
    }
}

/// Whether a new order names everything there is, once.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for what is not there, a field fault for what is missing or named twice.
pub(super) fn every_one_once<T: Ord + Clone>(
    field: &str,
    order: &[T],
    known: &BTreeSet<T>,
    name: impl Fn(&T) -> String,
) -> Result<(), Rejection> {
    if let Some(unknown) = order.iter().find(|one| !known.contains(*one)) {
        return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource: name(unknown) });
    }
    let named: BTreeSet<&T> = order.iter().collect();
    if named.len() == known.len() && named.len() == order.len() {
        return Ok(());
    }
    Err(Rejection::field(field, "INCONSISTENT", "must name every one once"))
}
