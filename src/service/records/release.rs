//! What becomes of tickets when a record they are associated with is deleted: the association ends, with an event on
//! each. The first ones in the same write, the others by a job, some at a time (W7).

use std::collections::BTreeSet;

use super::activity::{about_another, leave};
use super::handover::{hand_over, need_handed_over};
use crate::domain::access::Use;
use crate::domain::activity::Activity;
use crate::domain::event::EventType;
use crate::domain::ids::{AccountId, ContactId, TicketNumber};
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::tickets::association_changes;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, NewJob, RELEASED_AT_ONCE, World};

/// The job that goes on where a write left off; the payload is the name of the record within the account.
pub const RELEASE_RECORD: &str = "release_record";

/// What a deletion did to the tickets so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// Tickets whose association ended, of those the caller may view.
    pub tickets: usize,
    /// Others follow.
    pub pending: bool,
}

/// Goes on with the tickets, and conversations, of a record that is deleted, or became one with another contact.
#[derive(Debug, Clone)]
struct Release {
    record: RecordRef,
    into: Option<ContactId>,
}

/// Stands between the two names in the payload of the job.
const INTO: &str = " into ";

impl UseCase for Release {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_released(world, keys, self.record);
        if let (RecordRef::Contact(from), Some(into)) = (self.record, self.into) {
            let now = world.contact_now(into);
            keys.contacts.extend([into, now]);
            need_handed_over(world, keys, from, now);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        // The other one may have become one with yet another by now, or be gone too.
        let world = desk.world();
        let into = self.into.map(|id| world.contact_now(id)).filter(|id| world.contacts.get(id).is_some());
        release_to(desk, self.record, into);
        Ok(())
    }
}

/// Goes on with a deletion; the payload of the job says with which.
///
/// # Errors
/// The storage's, and a payload that is none.
pub async fn go_on(service: &Service, account: &AccountId, payload: &str) -> Result<(), Rejection> {
    let (record, into) = payload.split_once(INTO).map_or((payload, None), |(record, into)| (record, Some(into)));
    let record_of = |text: &str| Name::parse_path(text).ok().and_then(|name| RecordRef::of_name(&name));
    let record = record_of(record).ok_or_else(|| Rejection::Internal("a job without a record".to_owned()))?;
    let into = into.and_then(record_of).and_then(|record| match record {
        RecordRef::Contact(id) => Some(id),
        _ => None,
    });
    let grant = Grant::system(account.clone(), RELEASE_RECORD);
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), Release { record, into }, encoder).await.map(drop)
}

/// Names what [`release`] reads.
pub fn need_released(world: &World, keys: &mut Keys, record: RecordRef) {
    keys.records.tickets_of.insert(record);
    keys.tickets.extend(world.records.tickets_of.peek(&record).into_iter().flatten());
    if !matches!(record, RecordRef::Activity(_)) {
        keys.records.activities_of.insert(record);
        keys.records.activities.extend(world.records.activities_of.peek(&record).into_iter().flatten());
    }
    if let RecordRef::Contact(contact) = record {
        keys.records.conversations_of.insert(contact);
        keys.conversations.extend(world.records.conversations_of.peek(&contact).into_iter().flatten());
    }
}

/// Ends the associations of tickets with a record that is gone, and those of conversations with a contact.
pub fn release(desk: &mut Desk<'_, '_>, record: RecordRef) -> Released {
    release_to(desk, record, None)
}

/// The same, with another contact in the place of one that became one with it.
pub fn release_to(desk: &mut Desk<'_, '_>, record: RecordRef, into: Option<ContactId>) -> Released {
    let world = desk.world();
    let stored = world.records.tickets_of.get(&record).cloned().unwrap_or_default();
    let mut pending = stored.len() >= RELEASED_AT_ONCE;
    let known = world.tickets.values().filter(|ticket| ticket.is_about(record)).map(|ticket| ticket.number);
    let numbers: BTreeSet<TicketNumber> = stored.into_iter().chain(known).collect();
    let mut tickets = 0;
    for number in numbers {
        let Some(before) = desk.world().tickets.peek(&number).filter(|ticket| ticket.is_about(record)).cloned() else {
            continue;
        };
        tickets += usize::from(desk.reaches(&desk.rights, Use::View, &before));
        let mut after = before.clone();
        match into {
            Some(into) => after.replace(record, RecordRef::Contact(into)),
            None => after.dissociate(record),
        };
        let fields = association_changes(desk, &before, &after);
        desk.save_ticket(after);
        desk.ticket_event(EventType::TicketAssociationsChanged, number, fields);
    }
    pending |= match (record, into) {
        (RecordRef::Contact(from), Some(into)) => hand_over(desk, from, into),
        (RecordRef::Contact(contact), None) => release_conversations(desk, contact),
        _ => false,
    };
    pending |= release_activities(desk, record, into);
    if pending {
        put_off(desk, record, into);
    }
    Released { tickets, pending }
}

/// Leaves the rest to a job.
fn put_off(desk: &mut Desk<'_, '_>, record: RecordRef, into: Option<ContactId>) {
    let (id, due) = (desk.session.new_id(), desk.session.now());
    let into = into.map(|id| format!("{INTO}{}", Name::Contact(id))).unwrap_or_default();
    let job = NewJob { id, kind: RELEASE_RECORD, payload: format!("{}{into}", record.name()), due };
    desk.session.world.jobs.push(job);
}

/// Activities are no longer about the record, and those that were about nothing else go with it. Says whether others
/// follow.
fn release_activities(desk: &mut Desk<'_, '_>, record: RecordRef, into: Option<ContactId>) -> bool {
    let world = desk.world();
    let stored = world.records.activities_of.peek(&record).cloned().unwrap_or_default();
    let mut pending = stored.len() >= RELEASED_AT_ONCE;
    let known = world.records.activities.values().filter(|activity| activity.about.contains(&record));
    let ids: BTreeSet<_> = known.map(|activity| activity.id).chain(stored).collect();
    for id in ids {
        let found = desk.world().records.activities.peek(&id).filter(|found| found.about.contains(&record)).cloned();
        let mut stays = |activity: Activity| match into {
            Some(into) => about_another(desk, &activity, record, RecordRef::Contact(into)),
            None => leave(desk, &activity, record),
        };
        if found.is_some_and(|activity| !stays(activity)) {
            put_off(desk, RecordRef::Activity(id), None);
            pending = true;
        }
    }
    pending
}

/// Conversations of a contact are those of somebody unknown again. Says whether others follow.
fn release_conversations(desk: &mut Desk<'_, '_>, contact: ContactId) -> bool {
    let stored = desk.world().records.conversations_of.get(&contact).cloned().unwrap_or_default();
    let pending = stored.len() >= RELEASED_AT_ONCE;
    let known = desk.world().conversations.values().filter(|conversation| conversation.contact == Some(contact));
    let ids: BTreeSet<_> = known.map(|conversation| conversation.id).chain(stored).collect();
    let now = desk.session.now();
    for id in ids {
        let found = desk.world().conversations.peek(&id).filter(|found| found.contact == Some(contact)).cloned();
        if let Some(mut conversation) = found {
            conversation.contact = None;
            conversation.update_time = now;
            conversation.version += 1;
            desk.session.world.conversations.put(id, conversation);
        }
    }
    pending
}
