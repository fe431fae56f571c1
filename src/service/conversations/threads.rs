//! Ending a thread, and opening it again: whether a further message of its sender continues it.

use super::place::{may_change, needs_of};
use crate::domain::access::Permission;
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::conversation::Thread;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ConversationId, ThreadId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// A thread with what its channel says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenThread {
    /// The thread.
    pub thread: Thread,
    /// When the reply window closes.
    pub window_closes: Option<Timestamp>,
}

impl SeenThread {
    /// A thread of `channel`.
    pub fn new(thread: Thread, channel: &Channel) -> Self {
        Self { window_closes: thread.window_closes(channel), thread }
    }
}

/// Ends a thread, or opens it again.
#[derive(Debug, Clone)]
pub struct ChangeThread {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Which.
    pub thread: ThreadId,
    /// Whether it is open afterwards.
    pub open: bool,
}

impl UseCase for ChangeThread {
    type Outcome = SeenThread;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of(world, keys, self.conversation);
        if let Some(thread) = world.threads.peek(&self.thread) {
            keys.open_threads.insert((thread.channel.clone(), thread.key.clone()));
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenThread, Rejection> {
        let missing = || desk.not_found(&Name::Thread(self.conversation, self.thread));
        let (conversation, ticket) = desk.conversation(self.conversation).map_err(|_| missing())?;
        let ids = desk.world().threads_of.get(&conversation.id).cloned().unwrap_or_default();
        let thread = ids.into_iter().find(|id| *id == self.thread);
        let thread = thread.and_then(|id| desk.world().threads.get(&id).cloned()).ok_or_else(missing)?;
        may_change(desk, &conversation, ticket.as_ref(), Permission::TicketsCommunicate)?;
        if thread.is_open() == self.open {
            return Ok(seen(desk, thread));
        }
        if self.open && !thread.resting {
            self.check_free(desk, &thread)?;
        }
        let after = Thread { open: self.open, resting: false, ..thread };
        self.put(desk, &after);
        let change = FieldChange::of("state", state(!self.open), state(self.open)).into_iter().collect();
        let name = Name::Thread(self.conversation, self.thread).to_string();
        desk.session.record(EventType::ThreadChanged, name, conversation.ticket, change, None);
        Ok(seen(desk, after))
    }
}

/// Ends an open thread until the contact writes again: it goes on then, and no new one begins (C-102).
pub(in crate::service) fn rest(desk: &mut Desk<'_, '_>, thread: &Thread, ticket: Option<TicketNumber>) {
    if thread.is_open() {
        turn(desk, Thread { resting: true, ..thread.clone() }, ticket);
    }
}

/// The contact writes on a thread that rested.
pub(in crate::service) fn wake_thread(desk: &mut Desk<'_, '_>, thread: &mut Thread, ticket: Option<TicketNumber>) {
    if thread.resting {
        thread.resting = false;
        turn(desk, thread.clone(), ticket);
    }
}

fn turn(desk: &mut Desk<'_, '_>, thread: Thread, ticket: Option<TicketNumber>) {
    let name = Name::Thread(thread.conversation, thread.id).to_string();
    let change = FieldChange::of("state", state(!thread.is_open()), state(thread.is_open()));
    desk.session.record(EventType::ThreadChanged, name, ticket, change.into_iter().collect(), None);
    desk.session.world.threads.put(thread.id, thread);
}

fn seen(desk: &Desk<'_, '_>, thread: Thread) -> SeenThread {
    let channel = desk.world().people().channels.get(&thread.channel);
    SeenThread { window_closes: channel.and_then(|channel| thread.window_closes(channel)), thread }
}

fn state(open: bool) -> &'static str {
    if open { "OPEN" } else { "CLOSED" }
}

impl ChangeThread {
    /// A submission is finished in itself, and a sender has one open thread on a channel.
    fn check_free(&self, desk: &Desk<'_, '_>, thread: &Thread) -> Result<(), Rejection> {
        if thread.kind == ChannelKind::Form {
            let resource = desk.name(&Name::Thread(self.conversation, self.thread));
            let (from, to) = (state(false).to_owned(), state(true).to_owned());
            return Err(Rejection::Transition { resource, from, to });
        }
        let place = (thread.channel.clone(), thread.key.clone());
        let other = desk.world().open_threads.get(&place).filter(|_| !thread.key.is_empty());
        match other.and_then(|id| desk.world().threads.get(id)) {
            Some(other) => {
                Err(Rejection::AlreadyExists { resource: desk.name(&Name::Thread(other.conversation, other.id)) })
            }
            None => Ok(()),
        }
    }

    fn put(&self, desk: &mut Desk<'_, '_>, thread: &Thread) {
        let world = &mut *desk.session.world;
        let place = (thread.channel.clone(), thread.key.clone());
        if !thread.key.is_empty() {
            if self.open {
                world.open_threads.put(place, thread.id);
            } else {
                world.open_threads.remove(&place);
            }
        }
        world.threads.put(thread.id, thread.clone());
    }
}
