//! Merging tickets (R-034, C-017, C-018). Every lane decides one after another, so of two opposite merges one finds the
//! other done.

use super::associate::association_changes;
use super::status::status_changes;
use crate::domain::access::{Permission, Use};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TicketNumber;
use crate::domain::merge::{absorb, end_as_merged};
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, first_status};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::properties;
use crate::storage::lane::{EffectKind, Keys, World};

/// A ticket that goes into another one.
#[derive(Debug, Clone)]
pub struct Source {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Makes several tickets one.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The ticket that stays.
    pub target: TicketNumber,
    /// Those that go into it; never the target.
    pub sources: Vec<Source>,
    /// What the caller last saw of the target.
    pub etag: Option<i64>,
}

/// One ticket out of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The ticket that stays.
    pub target: Ticket,
    /// Those that went into it.
    pub sources: Vec<Ticket>,
}

impl UseCase for Merge {
    type Outcome = Merged;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.target);
        for source in &self.sources {
            keys.tickets.insert(source.ticket);
            // For an expunge later in the same batch: it takes the whole chain.
            keys.merged_into.insert(source.ticket);
            let conversations = world.tickets.peek(&source.ticket).into_iter().flat_map(|ticket| &ticket.conversations);
            keys.conversations.extend(conversations);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Merged, Rejection> {
        let before = desk.ticket_for(self.target, Use::Edit, Permission::TicketsEdit, self.etag)?;
        let sources = self.judged(desk)?;
        desk.writable(&before)?;
        let mut target = before.clone();
        for source in &sources {
            absorb(&mut target, source);
            move_conversations(desk, source, self.target);
        }
        desk.save_ticket(target.clone());
        let fields = target_changes(desk, &before, &target, &sources);
        desk.ticket_event(EventType::TicketMerged, self.target, fields);
        for source in sources {
            end(desk, &source, self.target)?;
        }
        let saved = self.sources.iter().map(|source| desk.saved_ticket(source.ticket)).collect();
        Ok(Merged { target: desk.saved_ticket(self.target), sources: saved })
    }
}

impl Merge {
    /// The sources, each judged like the ticket that stays. One that may not be viewed is a reference to nothing.
    fn judged(&self, desk: &Desk<'_, '_>) -> Result<Vec<Ticket>, Rejection> {
        let judge = |source: &Source| {
            let found = desk.ticket_to_change(source.ticket, Permission::TicketsEdit, source.etag);
            found.map_err(|rejection| match rejection {
                Rejection::NotFound { resource } => {
                    Rejection::ReferenceNotFound { field: "sources".to_owned(), resource }
                }
                other => other,
            })
        };
        self.sources.iter().map(judge).collect()
    }
}

fn move_conversations(desk: &mut Desk<'_, '_>, source: &Ticket, target: TicketNumber) {
    let now = desk.session.now();
    for id in &source.conversations {
        if let Some(mut conversation) = desk.world().conversations.get(id).cloned() {
            conversation.ticket = Some(target);
            conversation.update_time = now;
            conversation.version += 1;
            desk.session.world.conversations.put(*id, conversation);
        }
    }
}

/// The event on the ticket that stays names what went into it (complaint 25).
fn target_changes(desk: &Desk<'_, '_>, before: &Ticket, after: &Ticket, sources: &[Ticket]) -> Vec<FieldChange> {
    let names = |numbers: Vec<Name>| numbers.iter().map(|name| desk.name(name)).collect::<Vec<_>>().join(",");
    let conversations =
        |ticket: &Ticket| names(ticket.conversations.iter().map(|id| Name::Conversation(*id)).collect());
    let fields = [
        FieldChange::of("sources", "", names(sources.iter().map(|source| Name::Ticket(source.number)).collect())),
        FieldChange::of("conversations", conversations(before), conversations(after)),
        FieldChange::of("follower_count", before.life.followers.len(), after.life.followers.len()),
        FieldChange::of("create_time", before.create_time, after.create_time),
    ];
    let taken = properties::changed(&before.properties, &after.properties);
    fields.into_iter().flatten().chain(association_changes(desk, before, after)).chain(taken).collect()
}

/// Ends a source, with its own event that names where it went.
fn end(desk: &mut Desk<'_, '_>, before: &Ticket, target: TicketNumber) -> Result<(), Rejection> {
    let closed = closed_status(desk, before)?;
    let mut after = before.clone();
    end_as_merged(&mut after, target, &closed, desk.closing(&before.pipeline));
    let mut fields: Vec<FieldChange> =
        FieldChange::of("merged_into", "", desk.name(&Name::Ticket(target))).into_iter().collect();
    fields.extend(status_changes(desk, before, &after));
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    desk.ticket_event(EventType::TicketMerged, before.number, fields);
    if before.open {
        let summary = format!("Ticket {} was closed: it went into ticket {target}.", before.number);
        let name = Name::Ticket(before.number).to_string();
        desk.session.effect(EffectKind::StatusChanged, name, &Name::Ticket(target).to_string(), summary);
    }
    Ok(())
}

fn closed_status(desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<Status, Rejection> {
    let found = first_status(desk.world().people().statuses_of(&ticket.pipeline), false).cloned();
    found.ok_or_else(|| Rejection::Internal("a pipeline without closed status".to_owned()))
}
