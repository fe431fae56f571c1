//! Changing what a ticket says (C-010, C-021). Status, owner and teams have verbs of their own.

use std::collections::BTreeSet;

use super::associate::association_changes;
use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ContactId, PipelineId, StatusId, TeamId, TicketNumber, UserId};
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::{Priority, Ticket, ticket_name};
use crate::service::desk::{Desk, UseCase};
use crate::service::properties::{self, ValueChanges};
use crate::storage::lane::{Keys, World};

/// New values of a ticket; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TicketChanges {
    /// The ticket name, not yet trimmed.
    pub subject: Option<String>,
    /// Longer text.
    pub description: Option<String>,
    /// How urgent; none inside clears it.
    pub priority: Option<Option<Priority>>,
    /// Free category.
    pub category: Option<String>,
    /// Free tags.
    pub tags: Option<BTreeSet<String>>,
    /// The contact; none inside takes it away.
    pub contact: Option<Option<ContactId>>,
    /// What the account's own properties say.
    pub properties: ValueChanges,
}

/// Values of fields that this method does not change: refused when they differ from what is stored.
#[derive(Debug, Clone, Default)]
pub struct Unchanged {
    /// The pipeline.
    pub pipeline: Option<PipelineId>,
    /// The status.
    pub status: Option<(PipelineId, StatusId)>,
    /// The owner.
    pub owner: Option<Option<UserId>>,
    /// The teams.
    pub teams: Option<BTreeSet<TeamId>>,
    /// What it is associated with, kind by kind.
    pub records: Vec<(RecordKind, BTreeSet<RecordRef>)>,
}

/// Changes a ticket.
#[derive(Debug, Clone)]
pub struct Update {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What to change.
    pub changes: TicketChanges,
    /// What must be as it is.
    pub unchanged: Unchanged,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
        keys.contacts.extend(self.changes.contact.flatten());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        self.unchanged.check(&before)?;
        let after = self.changes.apply(desk, &before)?;
        let fields = changed_fields(desk, &before, &after);
        if !fields.is_empty() {
            desk.save_ticket(after);
            desk.ticket_event(EventType::TicketUpdated, self.ticket, fields);
        }
        Ok(desk.saved_ticket(self.ticket))
    }
}

impl Unchanged {
    fn check(&self, ticket: &Ticket) -> Result<(), Rejection> {
        let differs = [
            ("ticket.pipeline", self.pipeline.as_ref().is_some_and(|id| *id != ticket.pipeline)),
            ("ticket.status", self.status.as_ref().is_some_and(|(p, s)| (p, s) != (&ticket.pipeline, &ticket.status))),
            ("ticket.owner", self.owner.as_ref().is_some_and(|owner| *owner != ticket.owner)),
            ("ticket.teams", self.teams.as_ref().is_some_and(|teams| *teams != ticket.teams)),
        ];
        let others =
            self.records.iter().find(|(kind, given)| ticket.records_of(*kind).collect::<BTreeSet<_>>() != *given);
        let field = differs.iter().find(|(_, differs)| *differs).map(|(field, _)| (*field).to_owned());
        match field.or(others.map(|(kind, _)| format!("ticket.{}", kind.field()))) {
            Some(field) => Err(Rejection::FieldImmutable { field }),
            None => Ok(()),
        }
    }
}

impl TicketChanges {
    fn apply(&self, desk: &Desk<'_, '_>, before: &Ticket) -> Result<Ticket, Rejection> {
        let mut after = before.clone();
        if let Some(subject) = &self.subject {
            let blank = || Rejection::field("ticket.subject", "REQUIRED", "must not be blank");
            after.subject = ticket_name(subject).ok_or_else(blank)?;
        }
        if let Some(contact) = self.contact.flatten().filter(|id| desk.world().contacts.get(id).is_none()) {
            let resource = desk.name(&Name::Contact(contact));
            return Err(Rejection::ReferenceNotFound { field: "ticket.contact".to_owned(), resource });
        }
        after.properties = properties::apply(desk, &before.properties, &self.properties)?;
        if let Some(contact) = self.contact {
            after.set_contact(contact);
        }
        after.priority = self.priority.unwrap_or(after.priority);
        after.description = self.description.clone().unwrap_or(after.description);
        after.category = self.category.clone().unwrap_or(after.category);
        after.tags = self.tags.clone().unwrap_or(after.tags);
        Ok(after)
    }
}

/// What changed, field by field, but for pipeline, status, owner and teams.
pub(super) fn changed_fields(desk: &Desk<'_, '_>, before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let priority = |t: &Ticket| t.priority.map(|p| p.code().to_uppercase()).unwrap_or_default();
    let tags = |t: &Ticket| t.tags.iter().cloned().collect::<Vec<_>>().join(",");
    let changes = [
        FieldChange::of("subject", &before.subject, &after.subject),
        FieldChange::of("description", &before.description, &after.description),
        FieldChange::of("priority", priority(before), priority(after)),
        FieldChange::of("category", &before.category, &after.category),
        FieldChange::of("tags", tags(before), tags(after)),
    ];
    let associations = association_changes(desk, before, after);
    let properties = properties::changed(&before.properties, &after.properties);
    changes.into_iter().flatten().chain(associations).chain(properties).collect()
}
