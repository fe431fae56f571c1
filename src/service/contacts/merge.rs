//! Two contacts turn out to be one person: what is known of the one, and everything that was said and noted, is the
//! other's from now on.

use std::collections::BTreeSet;

use super::write::{changed_fields, save};
use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::ContactId;
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::records::{Released, need_handed_over, need_released, release_to};
use crate::storage::lane::{Keys, World};

/// Addresses of a kind at most, as the contract says.
const MOST_POINTS: usize = 20;

/// Makes one contact of two.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The one that stays.
    pub contact: ContactId,
    /// The one that is no more.
    pub source: ContactId,
    /// What the caller last saw of the one that stays.
    pub etag: Option<i64>,
}

/// What became of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The one that stays.
    pub contact: Contact,
    /// Tickets that are the one's now.
    pub moved: Released,
}

impl UseCase for Merge {
    type Outcome = Merged;

    fn needs(&self, world: &World, keys: &mut Keys) {
        let source = RecordRef::Contact(self.source);
        keys.contacts.extend([self.contact, self.source]);
        keys.cookies_of.insert(self.source);
        need_released(world, keys, source);
        need_handed_over(world, keys, self.source, self.contact);
        let points = world.contacts.peek(&self.source).into_iter().flat_map(|contact| &contact.points);
        keys.points.extend(points.cloned());
        keys.cookies.extend(world.cookies_stored(self.source));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Merged, Rejection> {
        let name = Name::Contact(self.contact);
        let before = desk.world().contacts.get(&self.contact).cloned().ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, before.version)?;
        if self.contact == self.source {
            return Err(Rejection::field("source", "INCONSISTENT", "must be another contact"));
        }
        let source = desk.world().contacts.get(&self.source).cloned().ok_or_else(|| {
            let resource = desk.name(&Name::Contact(self.source));
            Rejection::ReferenceNotFound { field: "source".to_owned(), resource }
        })?;
        let after = united(&before, &source)?;
        self.dissolve(desk, &source);
        let fields = changed_fields(desk, &before, &after);
        let contact = save(desk, &before, after, fields);
        let moved = release_to(desk, RecordRef::Contact(self.source), Some(self.contact));
        Ok(Merged { contact, moved })
    }
}

impl Merge {
    /// Takes the source away; its addresses are free, its browsers the other's.
    fn dissolve(&self, desk: &mut Desk<'_, '_>, source: &Contact) {
        let cookies = desk.world().cookies_held(self.source);
        let into = FieldChange::of("merged_into", "", desk.name(&Name::Contact(self.contact)));
        let world = &mut *desk.session.world;
        source.points.iter().for_each(|point| world.points.remove(point));
        for cookie in cookies {
            world.cookies.put(cookie, self.contact);
        }
        world.contacts.remove(&self.source);
        world.records.merged.put(self.source, self.contact);
        desk.event(EventType::ContactChanged, &Name::Contact(self.source), into.into_iter().collect());
    }
}

/// The contact that stays with what the other had: every address, and what it lacks itself.
fn united(contact: &Contact, source: &Contact) -> Result<Contact, Rejection> {
    let points: BTreeSet<Point> = contact.points.iter().chain(&source.points).cloned().collect();
    for (kind, quota) in [(PointKind::Email, "mail addresses of a contact"), (PointKind::Phone, "phones of a contact")]
    {
        if points.iter().filter(|point| point.kind == kind).count() > MOST_POINTS {
            return Err(Rejection::Quota { quota, limit: MOST_POINTS as u64 });
        }
    }
    let or = |mine: &String, theirs: &String| if mine.is_empty() { theirs.clone() } else { mine.clone() };
    Ok(Contact {
        display_name: or(&contact.display_name, &source.display_name),
        language_code: or(&contact.language_code, &source.language_code),
        owner: contact.owner.clone().or_else(|| source.owner.clone()),
        tracked: contact.tracked || source.tracked,
        marketing: contact.marketing || source.marketing,
        points: points.into_iter().collect(),
        ..contact.clone()
    })
}
