//! Spam, and no spam after all. Marking closes, and no message opens what is marked.

use super::status::status_changes;
use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TicketNumber;
use crate::domain::names::Name;
use crate::domain::pipeline::first_status;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::users::release_reopened;
use crate::storage::lane::{EffectKind, Keys, World};

/// Marks a ticket as spam, or takes the mark away.
#[derive(Debug, Clone)]
pub struct MarkSpam {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Mark, or take the mark away.
    pub spam: bool,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for MarkSpam {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        if before.life.spam_time.is_some() == self.spam {
            return Ok(before);
        }
        let (now, mut after) = (desk.session.now(), before.clone());
        after.life.spam_time = self.spam.then_some(now);
        // What the mark closed changed its status with it; what was closed before stays closed.
        let closed_by_mark = !before.open && Some(before.status_change_time) == before.life.spam_time;
        if before.open || closed_by_mark {
            let people = desk.world().people();
            let status = first_status(people.statuses_of(&before.pipeline), !self.spam).cloned();
            let status =
                status.ok_or_else(|| Rejection::Internal("a pipeline without open or closed status".to_owned()))?;
            after.enter(&status, None, desk.closing(&before.pipeline));
        }
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after.clone());
        tell(desk, &before, &after);
        if !before.open && after.open {
            release_reopened(desk, self.ticket);
        }
        Ok(desk.saved_ticket(self.ticket))
    }
}

fn tell(desk: &mut Desk<'_, '_>, before: &Ticket, after: &Ticket) {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let mark = FieldChange::of("spam_time", text(before.life.spam_time), text(after.life.spam_time));
    desk.ticket_event(EventType::TicketSpamChanged, after.number, mark.into_iter().collect());
    let (kind, what) = match (before.open, after.open) {
        (true, false) => (EventType::TicketClosed, "closed"),
        (false, true) => (EventType::TicketReopened, "opened again"),
        _ => return,
    };
    let (fields, actor) = (status_changes(desk, before, after), desk.session.actor.clone());
    desk.automatic_event(kind, after.number, fields, actor);
    let summary = format!("Ticket {} was {what} with its mark.", after.number);
    desk.session.effect(EffectKind::StatusChanged, Name::Ticket(after.number).to_string(), "", summary);
}
