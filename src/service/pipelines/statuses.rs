//! Making, changing and ordering the statuses of a pipeline.

use std::collections::BTreeSet;

use super::pipeline::{StatusKey, enough, find, find_status, free_status_name, save, save_status, with_statuses};
use super::read::PipelineWithStatuses;
use super::write::{NewStatus, every_one_once};
use crate::domain::event::FieldChange;
use crate::domain::ids::{PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{Automation, MOST_STATUSES, Pipeline, Status, StatusCategory};
use crate::domain::rejection::Rejection;
use crate::domain::ticket_form::FormField;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Makes a status.
#[derive(Debug, Clone)]
pub struct CreateStatus {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The status.
    pub status: NewStatus,
    /// What a ticket must say to come in.
    pub required: Vec<FormField>,
}

impl UseCase for CreateStatus {
    type Outcome = Status;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Status, Rejection> {
        find(desk, &self.pipeline, None)?;
        let made = desk.session.token();
        let id = self.status.id.clone().unwrap_or_else(|| StatusId::stored(made));
        let key = (self.pipeline.clone(), id);
        let people = desk.world().people();
        if people.statuses.get(&key).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Status(key.0, key.1)) });
        }
        if people.every_status_of(&self.pipeline).count() >= MOST_STATUSES {
            return Err(Rejection::Quota { quota: "statuses", limit: MOST_STATUSES as u64 });
        }
        free_status_name(desk, &key, &self.status.display_name)?;
        check_required(desk, &self.required)?;
        let last = people.every_status_of(&self.pipeline).map(|status| status.position).max();
        let (now, position) = (desk.session.now(), last.map_or(0, |last| last + 1));
        let status = Status::new(key, self.status.display_name.clone(), self.status.category, position, now);
        let status = save_status(desk, Status { required: self.required.clone(), version: 0, ..status }, Vec::new());
        touch(desk, &self.pipeline);
        Ok(status)
    }
}

/// The pipeline names its statuses: whoever reads it sees another one.
pub(super) fn touch(desk: &mut Desk<'_, '_>, pipeline: &PipelineId) {
    let now = desk.session.now();
    if let Some(mut pipeline) = desk.world().people().pipelines.get(pipeline).cloned() {
        pipeline.version += 1;
        pipeline.update_time = now;
        desk.session.world.people_mut().pipelines.put(pipeline.id.clone(), pipeline);
    }
}

/// Whether everything that a status asks for can be said.
fn check_required(desk: &Desk<'_, '_>, required: &[FormField]) -> Result<(), Rejection> {
    for asked in required {
        let Some(id) = asked.property().ok().flatten() else { continue };
        if desk.world().people().properties.get(&id).is_none() {
            let resource = desk.name(&Name::TicketProperty(id));
            return Err(Rejection::ReferenceNotFound { field: "pipeline_status.required_fields".to_owned(), resource });
        }
    }
    Ok(())
}

/// Changes a status.
#[derive(Debug, Clone)]
pub struct UpdateStatus {
    /// Which.
    pub status: StatusKey,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// The new meaning; none leaves it.
    pub category: Option<StatusCategory>,
    /// What a ticket must say to come in; none leaves it.
    pub required: Option<Vec<FormField>>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateStatus {
    type Outcome = Status;

    fn needs(&self, world: &World, keys: &mut Keys) {
        if self.category.is_some() {
            let place = (self.status.0.clone(), Some(self.status.1.clone()));
            keys.tickets.extend(world.peek_tickets_in(&place));
            keys.tickets_in.insert(place);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Status, Rejection> {
        let before = find_status(desk, &self.status, self.etag)?;
        let mut after = before.clone();
        if let Some(display_name) = &self.display_name {
            free_status_name(desk, &self.status, display_name)?;
            after.display_name.clone_from(display_name);
        }
        if let Some(category) = self.category.filter(|category| *category != before.category) {
            after.category = category;
            self.may_change_meaning(desk, &after)?;
        }
        if let Some(required) = &self.required {
            check_required(desk, required)?;
            after.required.clone_from(required);
        }
        let category = |status: &Status| status.category.code().to_uppercase();
        let required =
            |status: &Status| status.required.iter().map(|it| it.field.as_str()).collect::<Vec<_>>().join(",");
        let changes = [
            FieldChange::of("display_name", &before.display_name, &after.display_name),
            FieldChange::of("category", category(&before), category(&after)),
            FieldChange::of("required_fields", required(&before), required(&after)),
        ];
        let fields: Vec<_> = changes.into_iter().flatten().collect();
        Ok(if fields.is_empty() { before } else { save_status(desk, after, fields) })
    }
}

impl UpdateStatus {
    /// Only a status without tickets changes its meaning, and its pipeline keeps an open and a closed one, and one for each
    /// rule that is on.
    fn may_change_meaning(&self, desk: &Desk<'_, '_>, after: &Status) -> Result<(), Rejection> {
        let place = (self.status.0.clone(), Some(self.status.1.clone()));
        if let Some(ticket) = desk.world().tickets_in(&place).0.first() {
            let status = Name::Status(self.status.0.clone(), self.status.1.clone());
            return Err(desk.in_use(&status, &Name::Ticket(ticket.number)));
        }
        let people = desk.world().people();
        let were: Vec<&Status> = people.statuses_of(&self.status.0).collect();
        let are: Vec<&Status> =
            were.iter().copied().map(|status| if status.id == self.status.1 { after } else { status }).collect();
        enough(desk, &self.status.0, are.iter().copied())?;
        let automation = people.pipelines.get(&self.status.0).map(|pipeline| &pipeline.automation);
        if automation.is_some_and(|automation| loses_target(automation, &were, &are)) {
            let status = Name::Status(self.status.0.clone(), self.status.1.clone());
            return Err(desk.in_use(&status, &Name::PipelineAutomation(self.status.0.clone())));
        }
        Ok(())
    }
}

/// Whether a rule that is on had a status to go to among these before, and has none now.
fn loses_target(automation: &Automation, were: &[&Status], are: &[&Status]) -> bool {
    let rules =
        [(&automation.on_sent, StatusCategory::WaitingOnContact), (&automation.on_reply, StatusCategory::WaitingOnUs)];
    rules
        .into_iter()
        .any(|(rule, usual)| rule.enabled && rule.target(were, usual).is_some() && rule.target(are, usual).is_none())
}

/// Puts the statuses of a pipeline into another order.
#[derive(Debug, Clone)]
pub struct ReorderStatuses {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Every status, in the new order.
    pub statuses: Vec<StatusKey>,
    /// What the caller last saw of the pipeline.
    pub etag: Option<i64>,
}

impl UseCase for ReorderStatuses {
    type Outcome = PipelineWithStatuses;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<PipelineWithStatuses, Rejection> {
        let before: Pipeline = find(desk, &self.pipeline, self.etag)?;
        let statuses: Vec<Status> = desk.world().people().every_status_of(&self.pipeline).cloned().collect();
        let known: BTreeSet<StatusKey> =
            statuses.iter().map(|status| (status.pipeline.clone(), status.id.clone())).collect();
        let name = |key: &StatusKey| desk.name(&Name::Status(key.0.clone(), key.1.clone()));
        every_one_once("statuses", &self.statuses, &known, name)?;
        let order = |mut statuses: Vec<(i64, String)>| {
            statuses.sort();
            statuses.into_iter().map(|(_, id)| id).collect::<Vec<_>>().join(",")
        };
        let was = order(statuses.iter().map(|status| (status.position, status.id.to_string())).collect());
        let is = order((0..).zip(&self.statuses).map(|(position, key)| (position, key.1.to_string())).collect());
        let fields: Vec<_> = FieldChange::of("statuses", was, is).into_iter().collect();
        if fields.is_empty() {
            return Ok(with_statuses(desk, &self.pipeline));
        }
        for (position, key) in (0..).zip(&self.statuses) {
            let found = desk.world().people().statuses.get(key).cloned();
            if let Some(status) = found.filter(|status| status.position != position) {
                let (now, version) = (desk.session.now(), status.version + 1);
                let status = Status { position, version, update_time: now, ..status };
                desk.session.world.people_mut().statuses.put(key.clone(), status);
            }
        }
        save(desk, before, fields);
        Ok(with_statuses(desk, &self.pipeline))
    }
}
