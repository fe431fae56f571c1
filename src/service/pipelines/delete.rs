//! Deleting pipelines and statuses: nothing depends on them, and their tickets have a place to go.

use std::collections::BTreeMap;

use super::evacuate::{evacuate, put_off};
use super::pipeline::{StatusKey, enough, find, find_status, save, save_status, status_of};
use crate::domain::event::FieldChange;
use crate::domain::ids::{PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{Automation, DEFAULT_PIPELINE, Leaving, Pipeline, Status, StatusCategory};
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, StatusPlace, World};

/// What a deletion did to tickets so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evacuated {
    /// Tickets that moved, of those the caller may view.
    pub moved: usize,
    /// Others follow.
    pub pending: bool,
}

/// Names what [`evacuate`] reads.
pub(super) fn need_tickets(world: &World, keys: &mut Keys, place: StatusPlace) {
    keys.tickets.extend(world.peek_tickets_in(&place));
    keys.tickets_in.insert(place);
}

/// Deletes a pipeline.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub pipeline: PipelineId,
    /// The pipeline that takes its tickets; none: there must be none.
    pub to: Option<PipelineId>,
    /// Which status takes the place of which; others go by category.
    pub mapping: BTreeMap<StatusKey, StatusKey>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = Evacuated;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_tickets(world, keys, (self.pipeline.clone(), None));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Evacuated, Rejection> {
        let before = find(desk, &self.pipeline, self.etag)?;
        let place = (self.pipeline.clone(), None);
        let held = || desk.world().tickets_in(&place).0.first().map(|ticket| Name::Ticket(ticket.number));
        let used_by = self.used_by(desk).or_else(|| if self.to.is_none() { held() } else { None });
        if let Some(used_by) = used_by {
            return Err(desk.in_use(&Name::Pipeline(self.pipeline.clone()), &used_by));
        }
        if let Some(to) = &self.to {
            let leaving = self.leaving(desk, to)?;
            let target = desk.name(&Name::Pipeline(to.clone()));
            let fields = FieldChange::of("moving_tickets_to", "", target).into_iter().collect();
            save(desk, Pipeline { leaving: Some(leaving), ..before }, fields);
        }
        Ok(go(desk, &place))
    }
}

/// Moves the first tickets, and leaves the rest to a job.
fn go(desk: &mut Desk<'_, '_>, place: &StatusPlace) -> Evacuated {
    let done = evacuate(desk, place);
    if done.pending {
        put_off(desk, place);
    }
    done
}

impl Delete {
    /// What else depends on the pipeline: the account, a channel, a pipeline whose tickets move here.
    fn used_by(&self, desk: &Desk<'_, '_>) -> Option<Name> {
        if self.pipeline.as_str() == DEFAULT_PIPELINE {
            return Some(Name::Account);
        }
        let people = desk.world().people();
        let channels = people.channels.values().filter(|channel| channel.pipeline == self.pipeline);
        let comes = |other: &&Pipeline| other.leaving.as_ref().is_some_and(|leaving| leaving.to == self.pipeline);
        let channel = channels.map(|channel| &channel.id).min().cloned().map(Name::Channel);
        let coming = || people.pipelines.values().filter(comes).map(|other| &other.id).min().cloned();
        channel.or_else(|| coming().map(Name::Pipeline))
    }

    fn leaving(&self, desk: &Desk<'_, '_>, to: &PipelineId) -> Result<Leaving, Rejection> {
        let field = "move_tickets_to";
        if *to == self.pipeline {
            return Err(Rejection::field(field, "INCONSISTENT", "must be another pipeline"));
        }
        if desk.world().people().pipeline_to_enter(to).is_none() {
            let resource = desk.name(&Name::Pipeline(to.clone()));
            return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource });
        }
        let pair = |(from, into): (&StatusKey, &StatusKey)| -> Result<(StatusId, StatusId), Rejection> {
            let from = status_of(desk, "status_mapping", &self.pipeline, from)?.id;
            Ok((from, status_of(desk, "status_mapping", to, into)?.id))
        };
        Ok(Leaving { to: to.clone(), mapping: self.mapping.iter().map(pair).collect::<Result<_, _>>()? })
    }
}

/// Deletes a status.
#[derive(Debug, Clone)]
pub struct DeleteStatus {
    /// Which.
    pub status: StatusKey,
    /// The status that takes its tickets; none: there must be none.
    pub to: Option<StatusKey>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteStatus {
    type Outcome = Evacuated;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_tickets(world, keys, (self.status.0.clone(), Some(self.status.1.clone())));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Evacuated, Rejection> {
        let before = find_status(desk, &self.status, self.etag)?;
        let place = (self.status.0.clone(), Some(self.status.1.clone()));
        let held = || desk.world().tickets_in(&place).0.first().map(|ticket| Name::Ticket(ticket.number));
        let used_by = self.used_by(desk).or_else(|| if self.to.is_none() { held() } else { None });
        if let Some(used_by) = used_by {
            return Err(desk.in_use(&Name::Status(self.status.0.clone(), self.status.1.clone()), &used_by));
        }
        enough(desk, &self.status.0, self.others(desk).into_iter())?;
        if let Some(to) = &self.to {
            let target = self.target(desk, &before, to)?;
            let name = desk.name(&Name::Status(to.0.clone(), to.1.clone()));
            let fields = FieldChange::of("moving_tickets_to", "", name).into_iter().collect();
            save_status(desk, Status { leaving: Some(target.id), ..before }, fields);
        }
        Ok(go(desk, &place))
    }
}

impl DeleteStatus {
    fn others<'d>(&'d self, desk: &'d Desk<'_, '_>) -> Vec<&'d Status> {
        let statuses = desk.world().people().statuses_of(&self.status.0);
        statuses.filter(|status| status.id != self.status.1).collect()
    }

    /// What depends on the status: the automation that sets it, transitions, tickets that move here (C-074).
    fn used_by(&self, desk: &Desk<'_, '_>) -> Option<Name> {
        let (people, (pipeline, id)) = (desk.world().people(), &self.status);
        let found = people.pipelines.get(pipeline)?;
        if !holds_without(&found.automation, id, &self.others(desk)) {
            return Some(Name::PipelineAutomation(pipeline.clone()));
        }
        if found.beginnings.contains(id) || found.transitions.iter().any(|(from, to)| from == id || to == id) {
            return Some(Name::Pipeline(pipeline.clone()));
        }
        let coming = people.every_status_of(pipeline).filter(|status| status.leaving.as_ref() == Some(id));
        let mapped = |other: &&Pipeline| {
            let leaving = other.leaving.as_ref().filter(|leaving| leaving.to == *pipeline);
            leaving.is_some_and(|leaving| leaving.mapping.values().any(|to| to == id))
        };
        let status = coming.map(|status| &status.id).min().cloned();
        let other = || people.pipelines.values().filter(mapped).map(|other| &other.id).min().cloned();
        status.map(|id| Name::Status(pipeline.clone(), id)).or_else(|| other().map(Name::Pipeline))
    }

    fn target(&self, desk: &Desk<'_, '_>, before: &Status, to: &StatusKey) -> Result<Status, Rejection> {
        let field = "move_tickets_to";
        let target = status_of(desk, field, &self.status.0, to)?;
        if target.id == before.id {
            return Err(Rejection::field(field, "INCONSISTENT", "must be another status"));
        }
        if target.is_open() != before.is_open() {
            return Err(Rejection::field(field, "INCONSISTENT", "must be as open or closed as the one that goes"));
        }
        Ok(target)
    }
}

/// Whether the rules of an automation have their statuses without this one.
pub(super) fn holds_without(automation: &Automation, id: &StatusId, others: &[&Status]) -> bool {
    let rules =
        [(&automation.on_sent, StatusCategory::WaitingOnContact), (&automation.on_reply, StatusCategory::WaitingOnUs)];
    rules
        .into_iter()
        .all(|(rule, usual)| rule.to.as_ref() != Some(id) && (!rule.enabled || rule.target(others, usual).is_some()))
}
