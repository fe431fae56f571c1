//! The conversations of a contact that became one with another.

use std::collections::BTreeSet;

use crate::domain::conversation::Thread;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ContactId, ConversationId};
use crate::domain::names::Name;
use crate::service::desk::Desk;
use crate::service::intake::contact_key;
use crate::storage::lane::{Keys, RELEASED_AT_ONCE, World};

/// Names what [`hand_over`] reads beside the conversations: their tickets and threads, and under which keys open threads
/// are found.
pub fn need_handed_over(world: &World, keys: &mut Keys, from: ContactId, into: ContactId) {
    for id in world.records.conversations_of.peek(&from).into_iter().flatten() {
        keys.threads_of.insert(*id);
        keys.tickets.extend(world.conversations.peek(id).and_then(|conversation| conversation.ticket));
        for thread in world.threads_of.peek(id).into_iter().flatten().filter_map(|id| world.threads.peek(id)) {
            let found_by = [from, into].into_iter().filter_map(|contact| contact_key(thread.kind, contact));
            keys.open_threads.extend(found_by.map(|key| (thread.channel.clone(), key)));
        }
    }
}

/// Gives conversations to the other contact. Says whether others follow.
pub(super) fn hand_over(desk: &mut Desk<'_, '_>, from: ContactId, into: ContactId) -> bool {
    let stored = desk.world().records.conversations_of.get(&from).cloned().unwrap_or_default();
    let pending = stored.len() >= RELEASED_AT_ONCE;
    let change = FieldChange::of("contact", desk.name(&Name::Contact(from)), desk.name(&Name::Contact(into)));
    let known = desk.world().conversations.values().filter(|conversation| conversation.contact == Some(from));
    let ids: BTreeSet<ConversationId> = known.map(|conversation| conversation.id).chain(stored).collect();
    let now = desk.session.now();
    for id in ids {
        let found = desk.world().conversations.peek(&id).filter(|found| found.contact == Some(from)).cloned();
        let Some(mut conversation) = found else { continue };
        let ticket = conversation.ticket;
        conversation.contact = Some(into);
        conversation.update_time = now;
        conversation.version += 1;
        desk.session.world.conversations.put(id, conversation);
        let name = Name::Conversation(id).to_string();
        desk.session.record(EventType::ConversationTied, name, ticket, change.iter().cloned().collect(), None);
        hand_over_threads(desk, id, from, into);
    }
    pending
}

/// Open threads that were found under the one are found under the other; where that one has an open thread too, the next
/// message lands there, and this one is over.
fn hand_over_threads(desk: &mut Desk<'_, '_>, of: ConversationId, from: ContactId, into: ContactId) {
    let ids = desk.world().threads_of.peek(&of).cloned().unwrap_or_default();
    let threads: Vec<Thread> = ids.iter().filter_map(|id| desk.world().threads.peek(id).cloned()).collect();
    for mut thread in threads.into_iter().filter(|thread| thread.open) {
        let (Some(old), Some(new)) = (contact_key(thread.kind, from), contact_key(thread.kind, into)) else { continue };
        if thread.key != old {
            continue;
        }
        let (old, new) = ((thread.channel.clone(), old), (thread.channel.clone(), new));
        let world = &mut *desk.session.world;
        if thread.archived {
            // Its ticket is deleted: it looks for its place when that comes back.
            world.threads.put(thread.id, Thread { key: new.1, ..thread });
            continue;
        }
        world.open_threads.remove(&old);
        if world.open_threads.peek(&new).is_none() {
            thread.key.clone_from(&new.1);
            world.open_threads.put(new, thread.id);
        } else {
            thread.open = false;
        }
        world.threads.put(thread.id, thread);
    }
}
