//! Taking a ticket from its owner by hand (R-078, C-043). Routing does not run again.

use super::assign::change_assignment;
use crate::domain::access::Permission;
use crate::domain::ids::TicketNumber;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Takes the owner away, and the teams unless they are kept.
#[derive(Debug, Clone)]
pub struct Unassign {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Leave the teams.
    pub keep_teams: bool,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Unassign {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsAssign, self.etag)?;
        let mut after = Ticket { owner: None, ..before.clone() };
        if !self.keep_teams {
            after.teams.clear();
        }
        change_assignment(desk, &before, after);
        Ok(desk.saved_ticket(self.ticket))
    }
}
