//! Who wrote: a known contact, a new one, or a visitor.

use super::ingest::Ingest;
use super::thread::sender_of;
use crate::domain::contact::{Contact, Point};
use crate::domain::event::{Actor, EventType};
use crate::domain::ids::ContactId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::storage::lane::EffectKind;

/// Who wrote a message.
#[derive(Debug)]
pub(super) struct Writer {
    /// The contact; none for an unknown visitor.
    pub contact: Option<Contact>,
    /// The contact was made for this message.
    pub made: bool,
    /// The browser was tied to the contact by this message.
    pub tied: bool,
}

/// Finds the contact, or makes one from the address. A cookie that came with a contact is tied to it, unless it is
/// somebody else's already.
pub(super) fn writer(message: &Ingest, desk: &mut Desk<'_, '_>) -> Result<Writer, Rejection> {
    let sender = &message.sender;
    let missing = |id: &ContactId| desk.world().contacts.get(&desk.world().contact_now(*id)).is_none();
    if let Some(id) = sender.contact.filter(missing) {
        let resource = desk.name(&Name::Contact(id));
        return Err(Rejection::ReferenceNotFound { field: "message.sender.contact".to_owned(), resource });
    }
    let known = sender_of(message, desk.world()).and_then(|id| desk.world().contacts.get(&id).cloned());
    let made = known.is_none() && sender.point.is_some();
    let contact = known.or_else(|| sender.point.as_ref().map(|point| make(message, desk, point)));
    let mut writer = Writer { contact, made, tied: false };
    writer.tie(sender.cookie.as_ref(), desk);
    if let Some(contact) = writer.contact.as_ref().filter(|_| made || writer.tied) {
        desk.session.world.contacts.put(contact.id, contact.clone());
    }
    Ok(writer)
}

fn make(message: &Ingest, desk: &mut Desk<'_, '_>, point: &Point) -> Contact {
    let (id, now) = (ContactId(desk.session.new_id()), desk.session.now());
    desk.session.world.points.put(point.clone(), id);
    Contact {
        id,
        display_name: message.sender.name.clone(),
        owner: None,
        language_code: String::new(),
        points: vec![point.clone()],
        tracked: false,
        marketing: false,
        merged_into: None,
        opened: crate::domain::per_hour::PerHour::default(),
        mailed: crate::domain::per_hour::PerDay::default(),
        create_time: now,
        update_time: now,
        version: 1,
    }
}

impl Writer {
    /// Nobody we know, and nobody to know.
    pub(super) const fn nobody() -> Self {
        Self { contact: None, made: false, tied: false }
    }

    fn tie(&mut self, cookie: Option<&String>, desk: &mut Desk<'_, '_>) {
        let (Some(contact), Some(cookie)) = (&mut self.contact, cookie) else { return };
        if desk.world().cookies.get(cookie).is_some() {
            return;
        }
        desk.session.world.cookies.put(cookie.clone(), contact.id);
        self.tied = true;
        contact.tracked = true;
        contact.update_time = desk.session.now();
        contact.version += i64::from(!self.made);
    }

    /// Who shows in the events.
    pub(super) fn actor(&self) -> Actor {
        self.contact.as_ref().map_or(Actor::Visitor, |contact| Actor::Contact(contact.id))
    }

    /// How the other side is called, for the name of a ticket.
    pub(super) fn label<'a>(&'a self, message: &'a Ingest) -> Option<&'a str> {
        let given = [&message.sender.name, &message.sender.address];
        let given = given.into_iter().map(String::as_str).find(|text| !text.trim().is_empty());
        self.contact.as_ref().and_then(Contact::label).or(given)
    }

    /// Records what happened to the contact, after what it did.
    pub(super) fn tell(&self, desk: &mut Desk<'_, '_>) {
        let Some(contact) = &self.contact else { return };
        let name = Name::Contact(contact.id);
        if self.made {
            desk.event(EventType::ContactChanged, &name, Vec::new());
            let summary = "The sender became a contact.".to_owned();
            desk.session.effect(EffectKind::ContactCreated, name.to_string(), "", summary);
        }
        if self.tied {
            desk.event(EventType::VisitorIdentified, &name, Vec::new());
        }
    }
}
