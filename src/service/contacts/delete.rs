//! Deleting a contact: what is known of the person goes, what was said on tickets stays.

use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::ContactId;
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::records::{Released, need_released, release};
use crate::storage::lane::{Keys, World};

/// Deletes a contact for good. Its addresses and browsers are free, tickets are no longer associated with it, and its
/// conversations are those of somebody unknown.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub contact: ContactId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = Released;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.contacts.insert(self.contact);
        keys.cookies_of.insert(self.contact);
        need_released(world, keys, RecordRef::Contact(self.contact));
        let points = world.contacts.peek(&self.contact).into_iter().flat_map(|contact| &contact.points);
        keys.points.extend(points.cloned());
        keys.cookies.extend(world.cookies_stored(self.contact));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Released, Rejection> {
        let name = Name::Contact(self.contact);
        let contact = desk.world().contacts.get(&self.contact).cloned().ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, contact.version)?;
        let cookies = desk.world().cookies_held(self.contact);
        let world = &mut *desk.session.world;
        contact.points.iter().for_each(|point| world.points.remove(point));
        cookies.iter().for_each(|cookie| world.cookies.remove(cookie));
        world.contacts.remove(&self.contact);
        let gone = FieldChange::of("name", desk.name(&name), "");
        desk.event(EventType::ContactChanged, &name, gone.into_iter().collect());
        Ok(release(desk, RecordRef::Contact(self.contact)))
    }
}
