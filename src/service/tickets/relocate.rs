//! Moving a ticket to another pipeline, or between help desk and inbox (R-035, C-020). Routing does not run.

use std::collections::BTreeMap;

use super::assign::{assignment_changes, check_owner};
use super::status::status_changes;
use crate::domain::access::{Permission, Seat};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{PipelineId, StatusId, TicketNumber, UserId};
use crate::domain::life::Area;
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, status_like};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::user::UserState;
use crate::service::desk::{Desk, UseCase};
use crate::service::pipelines::{may_change, may_come, says_enough, takes_in};
use crate::storage::lane::{EffectKind, Keys, World};

/// Pipeline and id of a status.
type StatusKey = (PipelineId, StatusId);

/// Moves a ticket.
#[derive(Debug, Clone)]
pub struct Relocate {
    /// The ticket.
    pub ticket: TicketNumber,
    /// The new pipeline; none leaves it.
    pub pipeline: Option<PipelineId>,
    /// The status there; none asks the mapping.
    pub status: Option<StatusKey>,
    /// Which status takes the place of which; empty goes by category.
    pub mapping: BTreeMap<StatusKey, StatusKey>,
    /// The new area; none leaves it.
    pub area: Option<Area>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Relocate {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        let mut after = before.clone();
        if let Some(status) = self.new_status(desk, &before)? {
            if status.pipeline == before.pipeline {
                may_change(desk, &before, &status)?;
            } else {
                may_come(desk, &before, &status)?;
            }
            says_enough(desk, &before, &status)?;
            after.relocate(&status, desk.closing(&status.pipeline));
        }
        after.life.area = self.area.unwrap_or(before.life.area);
        if after == before {
            return Ok(before);
        }
        if let Some(owner) = before.owner.as_ref().filter(|owner| !works_there(desk, owner, &after)) {
            after.owner = None;
            let summary = format!("{owner} does not work where ticket {} is now.", self.ticket);
            desk.session.effect(EffectKind::Unassigned, Name::Ticket(self.ticket).to_string(), "", summary);
        }
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after.clone());
        tell_moved(desk, &before, &after);
        Ok(desk.saved_ticket(self.ticket))
    }
}

impl Relocate {
    /// The status to enter; none when pipeline and status stay.
    fn new_status(&self, desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<Option<Status>, Rejection> {
        let Some(pipeline) = &self.pipeline else { return Ok(None) };
        let people = desk.world().people();
        let pipeline_name = desk.name(&Name::Pipeline(pipeline.clone()));
        if people.pipeline_to_enter(pipeline).is_none() {
            return Err(Rejection::ReferenceNotFound { field: "pipeline".to_owned(), resource: pipeline_name });
        }
        let present = (ticket.pipeline.clone(), ticket.status.clone());
        let status_name = |key: &StatusKey| desk.name(&Name::Status(key.0.clone(), key.1.clone()));
        let (field, wanted) = match (&self.status, self.mapping.get(&present)) {
            (Some(status), _) => ("status", status),
            (None, _) if *pipeline == ticket.pipeline => return Ok(None),
            (None, Some(mapped)) => ("status_mapping", mapped),
            (None, None) if self.mapping.is_empty() => {
                let there: Vec<&Status> = people.statuses_of(pipeline).collect();
                let free: Vec<&Status> = there.iter().copied().filter(|status| takes_in(desk, status)).collect();
                // Where none is free, the refusal names the one that it would be.
                let like = status_like(&free, ticket.status_category);
                let like = like.or_else(|| status_like(&there, ticket.status_category)).cloned();
                let none = || Rejection::Internal("a pipeline without open or closed status".to_owned());
                return like.ok_or_else(none).map(Some);
            }
            (None, None) => {
                let status = status_name(&present);
                return Err(Rejection::StatusMappingMissing { status, pipeline: pipeline_name });
            }
        };
        let missing = || Rejection::ReferenceNotFound { field: field.to_owned(), resource: status_name(wanted) };
        let status = people.status_to_enter(wanted).ok_or_else(missing)?;
        if status.pipeline != *pipeline {
            return Err(Rejection::StatusNotInPipeline { status: status_name(wanted), pipeline: pipeline_name });
        }
        Ok((*wanted != present).then(|| status.clone()))
    }
}

/// Whether a person may work on the ticket where it is: in the help desk who sees it (C-052), in the inbox who has a
/// paid seat of work.
fn works_there(desk: &Desk<'_, '_>, owner: &UserId, ticket: &Ticket) -> bool {
    match ticket.life.area {
        Area::HelpDesk => check_owner(desk, owner, ticket, "owner").is_ok(),
        Area::Inbox => desk.world().people().users.get(owner).is_some_and(|user| {
            let seated = user.super_admin || matches!(user.seat, Seat::Core | Seat::Service);
            seated && user.state == UserState::Active
        }),
    }
}

/// The events of a ticket that went elsewhere.
pub fn tell_moved(desk: &mut Desk<'_, '_>, before: &Ticket, after: &Ticket) {
    let pipeline = |ticket: &Ticket| desk.name(&Name::Pipeline(ticket.pipeline.clone()));
    let area = |ticket: &Ticket| ticket.life.area.code().to_uppercase();
    let places = [
        FieldChange::of("pipeline", pipeline(before), pipeline(after)),
        FieldChange::of("area", area(before), area(after)),
    ];
    let mut fields: Vec<FieldChange> = places.into_iter().flatten().collect();
    let status = status_changes(desk, before, after);
    let turned = match (before.open, after.open) {
        (true, false) => Some(EventType::TicketClosed),
        (false, true) => Some(EventType::TicketReopened),
        _ => None,
    };
    if turned.is_none() {
        fields.extend(status.clone());
    }
    desk.ticket_event(EventType::TicketMoved, after.number, fields);
    let actor = desk.session.actor.clone();
    if let Some(kind) = turned {
        desk.automatic_event(kind, after.number, status, actor.clone());
    }
    let lost = assignment_changes(desk, before, after);
    if !lost.is_empty() {
        desk.automatic_event(EventType::TicketUnassigned, after.number, lost, actor);
    }
}
