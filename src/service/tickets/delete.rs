//! Deleting a ticket and bringing it back (R-036, C-016): its conversations are archived with it and come back with it.

use crate::domain::access::{Permission, Use};
use crate::domain::conversation::Thread;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, TicketNumber};
use crate::domain::life::KEPT_DELETED;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::workflows::{leave_workflows, need_runs_of};
use crate::storage::lane::{Keys, NewJob, World};

/// The job that purges a deleted ticket when its time is over; the payload is its number.
pub const PURGE_TICKET: &str = "purge_ticket";

/// Deletes a ticket; it can be brought back for 90 days.
#[derive(Debug, Clone)]
pub struct Delete {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Brings a deleted ticket back as it was, but for the workflows that it was in.
#[derive(Debug, Clone)]
pub struct Undelete {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = Ticket;

    fn needs(&self, world: &World, keys: &mut Keys) {
        name_all_said(world, keys, self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_for(self.ticket, Use::Delete, Permission::TicketsDelete, self.etag)?;
        desk.writable(&before)?;
        let (now, mut after) = (desk.session.now(), before.clone());
        let due = now.plus(KEPT_DELETED);
        after.life.delete_time = Some(now);
        after.life.purge_time = Some(due);
        archive(desk, &after);
        let fields = changes(&before, &after);
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after);
        desk.ticket_event(EventType::TicketDeleted, self.ticket, fields);
        let job = NewJob { id: desk.session.new_id(), kind: PURGE_TICKET, payload: self.ticket.to_string(), due };
        desk.session.world.jobs.push(job);
        Ok(desk.saved_ticket(self.ticket))
    }
}

impl UseCase for Undelete {
    type Outcome = Ticket;

    fn needs(&self, world: &World, keys: &mut Keys) {
        name_all_said(world, keys, self.ticket);
        need_runs_of(world, keys, self.ticket);
        let conversations = world.tickets.peek(&self.ticket).into_iter().flat_map(|ticket| &ticket.conversations);
        let threads = conversations.flat_map(|id| world.threads_in(*id));
        keys.open_threads.extend(threads.filter_map(|thread| key_of(&thread)));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_for(self.ticket, Use::Delete, Permission::TicketsDelete, self.etag)?;
        if !before.life.is_deleted() {
            let resource = desk.name(&Name::Ticket(self.ticket));
            let state = "NOT_DELETED".to_owned();
            return Err(Rejection::Transition { resource, from: state.clone(), to: state });
        }
        let mut after = before.clone();
        after.life.delete_time = None;
        after.life.purge_time = None;
        restore(desk, &after);
        leave_workflows(desk, self.ticket);
        let fields = changes(&before, &after);
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after);
        desk.ticket_event(EventType::TicketUndeleted, self.ticket, fields);
        Ok(desk.saved_ticket(self.ticket))
    }
}

/// The ticket with its conversations and their threads.
pub(super) fn name_all_said(world: &World, keys: &mut Keys, number: TicketNumber) {
    keys.tickets.insert(number);
    let conversations = world.tickets.peek(&number).into_iter().flat_map(|ticket| &ticket.conversations);
    for id in conversations {
        keys.conversations.insert(*id);
        keys.threads_of.insert(*id);
    }
}

/// What an open thread is found by; none where nothing may find it.
pub(super) fn key_of(thread: &Thread) -> Option<(ChannelId, String)> {
    let found = thread.open && !thread.key.is_empty();
    found.then(|| (thread.channel.clone(), thread.key.clone()))
}

fn changes(before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let fields = [
        FieldChange::of("delete_time", text(before.life.delete_time), text(after.life.delete_time)),
        FieldChange::of("purge_time", text(before.life.purge_time), text(after.life.purge_time)),
    ];
    fields.into_iter().flatten().collect()
}

/// Nothing continues the threads, and their keys are free.
fn archive(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    set_archived(desk, ticket, true);
    for thread in ticket.conversations.iter().flat_map(|id| desk.world().threads_in(*id)).collect::<Vec<_>>() {
        let world = &mut *desk.session.world;
        if let Some(key) = key_of(&thread).filter(|key| world.open_threads.peek(key) == Some(&thread.id)) {
            world.open_threads.remove(&key);
        }
        world.threads.put(thread.id, Thread { archived: true, ..thread });
    }
}

/// The threads go on, but for those whose place another one has taken meanwhile: they come back closed.
fn restore(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    set_archived(desk, ticket, false);
    for thread in ticket.conversations.iter().flat_map(|id| desk.world().threads_in(*id)).collect::<Vec<_>>() {
        let world = &mut *desk.session.world;
        let mut open = thread.open;
        if let Some(key) = key_of(&thread) {
            open = world.open_threads.get(&key).is_none_or(|other| *other == thread.id);
            if open {
                world.open_threads.put(key, thread.id);
            }
        }
        world.threads.put(thread.id, Thread { archived: false, open, ..thread });
    }
}

fn set_archived(desk: &mut Desk<'_, '_>, ticket: &Ticket, archived: bool) {
    let now = desk.session.now();
    for id in &ticket.conversations {
        if let Some(mut conversation) = desk.world().conversations.get(id).cloned() {
            conversation.archived = archived;
            conversation.update_time = now;
            conversation.version += 1;
            desk.session.world.conversations.put(*id, conversation);
        }
    }
}
