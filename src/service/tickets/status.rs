//! The status of a ticket, and with it open or closed (R-022, R-148, R-149; C-064 to C-067, C-070).

use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{PipelineId, StatusId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, first_status};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::pipelines::{may_change, says_enough};
use crate::service::users::release_reopened;
use crate::storage::lane::{Keys, World};

/// What the status is changed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To any status.
    Change,
    /// From an open status to a closed one.
    Close,
    /// From a closed status to an open one.
    Reopen,
}

/// Moves a ticket to another status of its pipeline.
#[derive(Debug, Clone)]
pub struct ChangeStatus {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What for.
    pub kind: Move,
    /// The new status; none asks for the first open or closed one.
    pub status: Option<(PipelineId, StatusId)>,
    /// When it was closed, if that was not now.
    pub close_time: Option<Timestamp>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for ChangeStatus {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        let status = self.wanted(desk, &before)?;
        self.check_fields(&status)?;
        self.check_move(desk, &before)?;
        may_change(desk, &before, &status)?;
        if before.status != status.id {
            says_enough(desk, &before, &status)?;
        }
        enter(desk, &before, &status, self.close_time);
        Ok(desk.saved_ticket(self.ticket))
    }
}

impl ChangeStatus {
    fn wanted(&self, desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<Status, Rejection> {
        let people = desk.world().people();
        let Some(key) = &self.status else {
            let open = self.kind == Move::Reopen;
            let first = first_status(people.statuses_of(&ticket.pipeline), open).cloned();
            return first.ok_or_else(|| Rejection::Internal("a pipeline without open or closed status".to_owned()));
        };
        let name = desk.name(&Name::Status(key.0.clone(), key.1.clone()));
        let Some(status) = people.status_to_enter(key) else {
            return Err(Rejection::ReferenceNotFound { field: "status".to_owned(), resource: name });
        };
        if status.pipeline != ticket.pipeline {
            let pipeline = desk.name(&Name::Pipeline(ticket.pipeline.clone()));
            return Err(Rejection::StatusNotInPipeline { status: name, pipeline });
        }
        Ok(status.clone())
    }

    fn check_fields(&self, status: &Status) -> Result<(), Rejection> {
        let refused = |field, text: &str| Err(Rejection::field(field, "INCONSISTENT", text));
        match (self.kind, status.is_open()) {
            (Move::Close, true) => refused("status", "must be a closed status"),
            (Move::Reopen, false) => refused("status", "must be an open status"),
            (_, true) if self.close_time.is_some() => refused("close_time", "is only for a closed status"),
            _ => Ok(()),
        }
    }

    fn check_move(&self, desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<(), Rejection> {
        let (from, to) = match (self.kind, ticket.open) {
            (Move::Close, false) => ("CLOSED", "CLOSED"),
            (Move::Reopen, true) => ("OPEN", "OPEN"),
            _ => return Ok(()),
        };
        let resource = desk.name(&Name::Ticket(ticket.number));
        Err(Rejection::Transition { resource, from: from.to_owned(), to: to.to_owned() })
    }
}

/// Writes a ticket in its new status with its load and its event; nothing when nothing changes.
fn enter(desk: &mut Desk<'_, '_>, before: &Ticket, status: &Status, close_time: Option<Timestamp>) {
    let mut after = before.clone();
    if !after.enter(status, close_time, desk.closing(&before.pipeline)) {
        return;
    }
    let kind = match (before.open, after.open) {
        (true, false) => EventType::TicketClosed,
        (false, true) => EventType::TicketReopened,
        _ => EventType::TicketStatusChanged,
    };
    let fields = status_changes(desk, before, &after);
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    desk.ticket_event(kind, before.number, fields);
    if kind == EventType::TicketReopened {
        release_reopened(desk, before.number);
    }
}

/// What a change of status changes, as fields of the contract.
pub fn status_changes(desk: &Desk<'_, '_>, before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let name = |ticket: &Ticket| desk.name(&Name::Status(ticket.pipeline.clone(), ticket.status.clone()));
    let time = |ticket: &Ticket| ticket.close_time.map(|time| time.to_string()).unwrap_or_default();
    let fields = [
        FieldChange::of("status", name(before), name(after)),
        FieldChange::of("close_time", time(before), time(after)),
    ];
    fields.into_iter().flatten().collect()
}
