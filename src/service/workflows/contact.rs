//! The contact that a workflow associates: known, or found by an address and made if need be.

use std::collections::BTreeSet;

use super::act::Fate;
use crate::domain::contact::Point;
use crate::domain::ids::{ContactId, TicketNumber};
use crate::domain::links::RecordRef;
use crate::domain::property::PropertyValue;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::workflow::{Action, ContactSource, Definition, StepKind};
use crate::service::contacts::{ContactChanges, Who};
use crate::service::desk::{Desk, UseCase};
use crate::service::tickets::{Associate, TicketChanges, Unchanged, Update};
use crate::storage::lane::{Keys, World};

/// Names what steps that associate contacts read.
pub(super) fn need_contacts(world: &World, keys: &mut Keys, definition: &Definition, ticket: TicketNumber) {
    let ticket = world.tickets.peek(&ticket);
    keys.contacts.extend(ticket.and_then(|ticket| ticket.contact));
    for step in &definition.steps {
        let StepKind::Act(Action::SetContact(source)) = &step.kind else { continue };
        if let ContactSource::Known(id) = source {
            keys.contacts.insert(*id);
        }
        let Some(point) = ticket.and_then(|ticket| address(source, ticket)) else { continue };
        keys.contacts.extend(world.points.peek(&point).copied());
        keys.points.insert(point);
    }
}

/// The address that a source says; none where it says none.
fn address(source: &ContactSource, ticket: &Ticket) -> Option<Point> {
    let text = match source {
        ContactSource::Known(_) => return None,
        ContactSource::Address(text) => text,
        ContactSource::Property(id) => match ticket.properties.get(id)? {
            PropertyValue::Text(text) => text,
            _ => return None,
        },
    };
    let point = Point::email(text);
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let parts = point.value.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.'));
    (parts.is_some() && point.value.len() <= 254 && point.value.chars().all(plain)).then_some(point)
}

/// The contact becomes the ticket's where it has none, else it is associated.
pub(super) fn set_contact(
    desk: &mut Desk<'_, '_>,
    number: TicketNumber,
    source: &ContactSource,
) -> Result<Fate, Rejection> {
    let before = desk.ticket(number)?;
    let Some(contact) = find(desk, &before, source)? else {
        return Ok(Fate::Skipped("NO_ADDRESS: nothing says whose it is".to_owned()));
    };
    if before.contact == Some(contact) {
        return Ok(Fate::Skipped("it was so already".to_owned()));
    }
    let version = before.version;
    let after = if before.contact.is_none() {
        let changes = TicketChanges { contact: Some(Some(contact)), ..TicketChanges::default() };
        Update { ticket: number, changes, unchanged: Unchanged::default(), etag: None }.decide(desk)?
    } else {
        let records = BTreeSet::from([RecordRef::Contact(contact)]);
        Associate { ticket: number, records, etag: None }.decide(desk)?
    };
    Ok(if after.version == version { Fate::Skipped("it was so already".to_owned()) } else { Fate::Done(String::new()) })
}

fn find(desk: &mut Desk<'_, '_>, ticket: &Ticket, source: &ContactSource) -> Result<Option<ContactId>, Rejection> {
    if let ContactSource::Known(id) = source {
        let id = desk.world().contact_now(*id);
        return Ok(desk.world().contacts.get(&id).map(|contact| contact.id));
    }
    let Some(point) = address(source, ticket) else { return Ok(None) };
    if let Some(known) = desk.world().points.get(&point).copied() {
        return Ok(Some(desk.world().contact_now(known)));
    }
    let values = ContactChanges { emails: Some(BTreeSet::from([point])), ..ContactChanges::default() };
    Who::New(values).resolve(desk).map(|contact| Some(contact.id))
}
