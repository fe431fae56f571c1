//! Tying a browser cookie to a contact.

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::contact::Contact;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::ContactId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::dialect::hex;
use crate::storage::lane::{Keys, World};

/// The form in which a browser's cookie is stored: SHA-256 in lower-case hexadecimal.
pub fn cookie_hash(cookie: &str) -> String {
    hex(digest(&SHA256, cookie.as_bytes()).as_ref())
}

/// Ties a cookie to a contact; one that was tied to another moves.
#[derive(Debug, Clone)]
pub struct Identify {
    /// The cookie's [`cookie_hash`]: the cookie itself is not kept.
    pub cookie_hash: String,
    /// Whose browser it is.
    pub contact: ContactId,
}

/// What holds after an [`Identify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The contact, tracked.
    pub contact: Contact,
    /// Whether the cookie was not tied to it before.
    pub linked: bool,
}

impl UseCase for Identify {
    type Outcome = Identified;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.contacts.insert(self.contact);
        keys.cookies.insert(self.cookie_hash.clone());
        if world.cookies.knows(&self.cookie_hash)
            && let Some(former) = world.cookies.get(&self.cookie_hash)
        {
            keys.contacts.insert(*former);
            keys.cookies_of.insert(*former);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Identified, Rejection> {
        let contact = desk.world().contacts.get(&self.contact).cloned().ok_or_else(|| {
            let resource = desk.name(&Name::Contact(self.contact));
            Rejection::ReferenceNotFound { field: "contact".to_owned(), resource }
        })?;
        let linked = desk.world().cookies.get(&self.cookie_hash) != Some(&self.contact);
        Ok(Identified { contact: tie_cookie(desk, &self.cookie_hash, contact), linked })
    }
}

/// Ties a browser to a contact; one that was tied to another moves. The cookie, and its former contact with their
/// cookies, are among the needs.
pub fn tie_cookie(desk: &mut Desk<'_, '_>, cookie_hash: &str, contact: Contact) -> Contact {
    let former = desk.world().cookies.get(&cookie_hash.to_owned()).copied();
    let linked = former != Some(contact.id);
    if !linked && contact.tracked {
        return contact;
    }
    desk.session.world.cookies.put(cookie_hash.to_owned(), contact.id);
    let contact = set_tracked(desk, contact, true);
    desk.event(EventType::VisitorIdentified, &Name::Contact(contact.id), Vec::new());
    if let Some(former) = former.filter(|_| linked) {
        release(desk, former);
    }
    contact
}

/// A contact that lost a cookie is tracked only as long as it has another one.
fn release(desk: &mut Desk<'_, '_>, former: ContactId) {
    let Some(contact) = desk.world().contacts.get(&former).cloned() else { return };
    if contact.tracked && !desk.world().is_tracked(former) {
        set_tracked(desk, contact, false);
        let field = FieldChange::of("tracked", true, false);
        desk.event(EventType::ContactChanged, &Name::Contact(former), field.into_iter().collect());
    }
}

fn set_tracked(desk: &mut Desk<'_, '_>, contact: Contact, tracked: bool) -> Contact {
    if contact.tracked == tracked {
        return contact;
    }
    let (version, update_time) = (contact.version + 1, desk.session.now());
    let contact = Contact { tracked, update_time, version, ..contact };
    desk.session.world.contacts.put(contact.id, contact.clone());
    contact
}
