//! Making and changing contacts. An address belongs to one contact of the account.

use std::collections::BTreeSet;

use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ContactId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::UserState;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a contact; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ContactChanges {
    /// Name for people; may be empty.
    pub display_name: Option<String>,
    /// Who looks after the contact; none inside is nobody.
    pub owner: Option<Option<UserId>>,
    /// BCP-47 tag; may be empty.
    pub language_code: Option<String>,
    /// Whether it may get automated emails that are not transactional.
    pub marketing: Option<bool>,
    /// All mail addresses.
    pub emails: Option<BTreeSet<Point>>,
    /// All phone numbers.
    pub phones: Option<BTreeSet<Point>>,
}

/// Makes a contact.
#[derive(Debug, Clone)]
pub struct Create {
    /// Its values.
    pub values: ContactChanges,
}

impl UseCase for Create {
    type Outcome = Contact;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.points.extend(self.values.points().cloned());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Contact, Rejection> {
        make(desk, &self.values)
    }
}

/// Makes a contact with these values, whose addresses are among the needs.
///
/// # Errors
/// [`Rejection::Duplicate`], [`Rejection::ReferenceNotFound`], and a field fault for one without name and address.
pub fn make(desk: &mut Desk<'_, '_>, values: &ContactChanges) -> Result<Contact, Rejection> {
    let now = desk.session.now();
    let blank = Contact {
        id: ContactId(desk.session.new_id()),
        display_name: String::new(),
        owner: None,
        language_code: String::new(),
        points: Vec::new(),
        tracked: false,
        marketing: false,
        merged_into: None,
        opened: crate::domain::per_hour::PerHour::default(),
        mailed: crate::domain::per_hour::PerDay::default(),
        create_time: now,
        update_time: now,
        version: 0,
    };
    let contact = values.apply(desk, &blank)?;
    Ok(save(desk, &blank, contact, Vec::new()))
}

/// Changes a contact.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub contact: ContactId,
    /// What to change.
    pub changes: ContactChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = Contact;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.contacts.insert(self.contact);
        keys.points.extend(self.changes.points().cloned());
        if world.contacts.knows(&self.contact)
            && let Some(contact) = world.contacts.get(&self.contact)
        {
            keys.points.extend(contact.points.iter().cloned());
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Contact, Rejection> {
        let name = Name::Contact(self.contact);
        let before = desk.world().contacts.get(&self.contact).cloned().ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, before.version)?;
        let after = self.changes.apply(desk, &before)?;
        let fields = changed_fields(desk, &before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, &before, after, fields) })
    }
}

impl ContactChanges {
    /// The addresses among them.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.emails.iter().flatten().chain(self.phones.iter().flatten())
    }

    fn apply(&self, desk: &Desk<'_, '_>, before: &Contact) -> Result<Contact, Rejection> {
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.language_code = self.language_code.clone().unwrap_or(after.language_code);
        after.marketing = self.marketing.unwrap_or(after.marketing);
        if let Some(owner) = &self.owner {
            if owner != &before.owner {
                owner.as_ref().map_or(Ok(()), |owner| check_owner(desk, owner, "contact.owner"))?;
            }
            after.owner.clone_from(owner);
        }
        for (given, kind) in [(&self.emails, PointKind::Email), (&self.phones, PointKind::Phone)] {
            if let Some(given) = given {
                after.points.retain(|point| point.kind != kind);
                after.points.extend(given.iter().cloned());
            }
        }
        after.points.sort();
        self.check_points(desk, before.id)?;
        if after.display_name.is_empty() && after.points.is_empty() {
            return Err(Rejection::field("contact.display_name", "REQUIRED", "a name or an address must be set"));
        }
        Ok(after)
    }

    /// Whether every address is free or the contact's own.
    fn check_points(&self, desk: &Desk<'_, '_>, own: ContactId) -> Result<(), Rejection> {
        let holder = |point: &Point| desk.world().points.get(point).copied().filter(|holder| *holder != own);
        let taken = self.points().find_map(|point| holder(point).map(|holder| (point, holder)));
        let Some((point, holder)) = taken else { return Ok(()) };
        let field = if point.kind == PointKind::Email { "contact.emails" } else { "contact.phones" };
        Err(Rejection::Duplicate { field, value: point.value.clone(), existing: desk.name(&Name::Contact(holder)) })
    }
}

/// Whether a user who is to look after a record exists and is active.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`], and a field fault for one who was deactivated.
pub fn check_owner(desk: &Desk<'_, '_>, owner: &UserId, field: &str) -> Result<(), Rejection> {
    match desk.world().people().users.get(owner).map(|user| user.state) {
        Some(UserState::Active) => Ok(()),
        Some(UserState::Deactivated) => Err(Rejection::field(field, "NOT_ALLOWED", "must be an active user")),
        None => {
            let resource = desk.name(&Name::User(owner.clone()));
            Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource })
        }
    }
}

/// Writes a contact with its addresses, the marks of a change, and its event.
pub(super) fn save(
    desk: &mut Desk<'_, '_>,
    before: &Contact,
    mut contact: Contact,
    fields: Vec<FieldChange>,
) -> Contact {
    contact.version += 1;
    contact.update_time = desk.session.now();
    let points = &mut desk.session.world.points;
    before.points.iter().filter(|point| !contact.points.contains(point)).for_each(|point| points.remove(point));
    for point in contact.points.iter().filter(|point| !before.points.contains(point)) {
        points.put(point.clone(), contact.id);
    }
    desk.session.world.contacts.put(contact.id, contact.clone());
    desk.event(EventType::ContactChanged, &Name::Contact(contact.id), fields);
    contact
}

/// What changed, field by field.
pub(super) fn changed_fields(desk: &Desk<'_, '_>, before: &Contact, after: &Contact) -> Vec<FieldChange> {
    let owner = |contact: &Contact| contact.owner.clone().map(|id| desk.name(&Name::User(id))).unwrap_or_default();
    let points = |contact: &Contact, kind| {
        let of_kind = contact.points.iter().filter(|point| point.kind == kind);
        of_kind.map(|point| point.value.clone()).collect::<Vec<_>>().join(",")
    };
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("owner", owner(before), owner(after)),
        FieldChange::of("language_code", &before.language_code, &after.language_code),
        FieldChange::of("marketing", before.marketing, after.marketing),
        FieldChange::of("emails", points(before, PointKind::Email), points(after, PointKind::Email)),
        FieldChange::of("phones", points(before, PointKind::Phone), points(after, PointKind::Phone)),
    ];
    changes.into_iter().flatten().collect()
}
