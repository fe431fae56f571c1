//! What a ticket is associated with: contacts, companies, deals, activities. Repeating either verb
//! changes nothing.

use std::collections::BTreeSet;

use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TicketNumber;
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Associates a ticket with records.
#[derive(Debug, Clone)]
pub struct Associate {
    /// The ticket.
    pub ticket: TicketNumber,
    /// With what.
    pub records: BTreeSet<RecordRef>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Ends associations of a ticket.
#[derive(Debug, Clone)]
pub struct Dissociate {
    /// The ticket.
    pub ticket: TicketNumber,
    /// With what.
    pub records: BTreeSet<RecordRef>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Associate {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
        need_records(keys, self.records.iter());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        check_records(desk, "", self.records.iter())?;
        let mut after = before.clone();
        for record in &self.records {
            after.associate(*record);
        }
        if after != before {
            within_limits(&after)?;
        }
        Ok(save(desk, &before, after))
    }
}

impl UseCase for Dissociate {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        let mut after = before.clone();
        for record in &self.records {
            after.dissociate(*record);
        }
        Ok(save(desk, &before, after))
    }
}

/// Names records that are to be associated.
pub fn need_records<'r>(keys: &mut Keys, records: impl Iterator<Item = &'r RecordRef>) {
    for record in records {
        match record {
            RecordRef::Contact(id) => keys.contacts.insert(*id),
            RecordRef::Company(id) => keys.records.companies.insert(*id),
            RecordRef::Deal(id) => keys.records.deals.insert(*id),
            RecordRef::Activity(id) => keys.records.activities.insert(*id),
        };
    }
}

/// Whether all records are there. `place` stands before the field in the request: nothing, or `ticket.`.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`].
pub fn check_records<'r>(
    desk: &Desk<'_, '_>,
    place: &str,
    records: impl Iterator<Item = &'r RecordRef>,
) -> Result<(), Rejection> {
    let world = desk.world();
    for record in records {
        let known = match record {
            RecordRef::Contact(id) => world.contacts.get(id).is_some(),
            RecordRef::Company(id) => world.records.companies.get(id).is_some(),
            RecordRef::Deal(id) => world.records.deals.get(id).is_some(),
            RecordRef::Activity(id) => world.records.activities.get(id).is_some(),
        };
        if !known {
            let field = format!("{place}{}", record.kind().field());
            return Err(Rejection::ReferenceNotFound { field, resource: desk.name(&record.name()) });
        }
    }
    Ok(())
}

/// Whether the ticket has no more associations than it may have (L-19).
pub(super) fn within_limits(ticket: &Ticket) -> Result<(), Rejection> {
    match ticket.overfull() {
        Some((quota, limit)) => Err(Rejection::Quota { quota, limit: limit as u64 }),
        None => Ok(()),
    }
}

fn save(desk: &mut Desk<'_, '_>, before: &Ticket, after: Ticket) -> Ticket {
    let fields = association_changes(desk, before, &after);
    if !fields.is_empty() {
        desk.save_ticket(after);
        desk.ticket_event(EventType::TicketAssociationsChanged, before.number, fields);
    }
    desk.saved_ticket(before.number)
}

/// What changed of the associations of a ticket, list by list.
pub fn association_changes(desk: &Desk<'_, '_>, before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let primary = |ticket: &Ticket| ticket.contact.map(|id| desk.name(&Name::Contact(id))).unwrap_or_default();
    let names = |ticket: &Ticket, kind| {
        ticket.records_of(kind).map(|record| desk.name(&record.name())).collect::<Vec<_>>().join(",")
    };
    let lists = RecordKind::ALL.iter();
    let lists = lists.map(|kind| FieldChange::of(kind.field(), names(before, *kind), names(after, *kind)));
    [FieldChange::of("contact", primary(before), primary(after))].into_iter().chain(lists).flatten().collect()
}
