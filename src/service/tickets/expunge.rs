//! Taking tickets away for good (C-016): at once by a super admin, or 90 days after they were deleted.

use std::collections::BTreeSet;

use super::delete::{key_of, name_all_said};
use crate::domain::event::EventType;
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::forget_conversations;
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::service::{handoffs, queue};
use crate::storage::lane::{Expunged, Keys, World};

/// Takes a ticket away at once, deleted or not.
#[derive(Debug, Clone)]
pub struct Expunge {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Takes a deleted ticket away if its time is over.
#[derive(Debug, Clone)]
pub struct Purge {
    /// The ticket.
    pub ticket: TicketNumber,
}

impl UseCase for Expunge {
    /// What went away.
    type Outcome = Vec<TicketNumber>;

    fn needs(&self, world: &World, keys: &mut Keys) {
        name_all(world, keys, self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<TicketNumber>, Rejection> {
        let ticket = desk.ticket(self.ticket)?;
        desk.same_version(&Name::Ticket(self.ticket), self.etag, ticket.version)?;
        if ticket.life.merged_into.is_some() {
            desk.writable(&ticket)?;
        }
        Ok(take_away(desk, self.ticket))
    }
}

impl UseCase for Purge {
    /// What went away; nothing when the ticket was brought back, or deleted anew.
    type Outcome = Vec<TicketNumber>;

    fn needs(&self, world: &World, keys: &mut Keys) {
        name_all(world, keys, self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<TicketNumber>, Rejection> {
        let due = desk.world().tickets.get(&self.ticket).and_then(|ticket| ticket.life.purge_time);
        let over = due.is_some_and(|due| due <= desk.session.now());
        Ok(if over { take_away(desk, self.ticket) } else { Vec::new() })
    }
}

/// Purges a ticket if its time is over.
///
/// # Errors
/// The storage's.
pub async fn purge(service: &Service, account: &AccountId, ticket: TicketNumber) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), super::PURGE_TICKET);
    let encoder = Encoder { respond: Box::new(|_, _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), Purge { ticket }, encoder).await.map(drop)
}

fn name_all(world: &World, keys: &mut Keys, number: TicketNumber) {
    keys.merged_into.insert(number);
    for gone in every(world, number) {
        name_all_said(world, keys, gone);
    }
}

/// The ticket and all that ended in it: what was said on them is its own since.
fn every(world: &World, number: TicketNumber) -> BTreeSet<TicketNumber> {
    let mut all = world.merged_into(number);
    all.insert(number);
    all
}

fn take_away(desk: &mut Desk<'_, '_>, number: TicketNumber) -> Vec<TicketNumber> {
    let all = every(desk.world(), number);
    let mut gone = Vec::new();
    for ticket in all.iter().filter_map(|number| desk.world().tickets.get(number).cloned()).collect::<Vec<_>>() {
        gone.push(ticket.number);
        desk.move_load(Some(&ticket), &Ticket { open: false, ..ticket.clone() }, false);
        desk.ticket_event(EventType::TicketExpunged, ticket.number, Vec::new());
        queue::forgotten(desk, &ticket);
        forget(desk, &ticket);
    }
    gone
}

/// The rest of the batch finds nothing of it any more.
fn forget(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    ticket.conversations.iter().for_each(|id| handoffs::let_go_of_place(desk, *id));
    let threads: Vec<_> = ticket.conversations.iter().flat_map(|id| desk.world().threads_in(*id)).collect();
    let world = &mut *desk.session.world;
    for thread in threads {
        if let Some(key) = key_of(&thread).filter(|key| world.open_threads.peek(key) == Some(&thread.id)) {
            world.open_threads.remove(&key);
        }
        world.threads.remove(&thread.id);
    }
    ticket.conversations.iter().for_each(|id| world.conversations.remove(id));
    world.tickets.remove(&ticket.number);
    world.expunged.push(Expunged { ticket: ticket.number, conversations: ticket.conversations.clone() });
    forget_conversations(desk, &ticket.conversations);
}
