//! What a ticket is associated with: contacts, of which one is the primary, companies, deals and
//! activities.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::{ActivityId, CompanyId, ContactId, DealId};
use super::names::Name;
use super::ticket::Ticket;

/// Contacts of one ticket at most, the primary one among them (L-19).
pub const MOST_CONTACTS: usize = 50;
/// Companies, deals and activities of one ticket at most, together (L-19).
pub const MOST_LINKS: usize = 100;

coded! {
    /// Kinds of record that tickets are associated with.
    RecordKind { Contact = "contact", Company = "company", Deal = "deal", Activity = "activity" }
}

/// A record that tickets are associated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordRef {
    /// A contact.
    Contact(ContactId),
    /// A company.
    Company(CompanyId),
    /// A deal.
    Deal(DealId),
    /// An activity.
    Activity(ActivityId),
}

impl RecordRef {
    /// What kind of record.
    pub fn kind(self) -> RecordKind {
        match self {
            Self::Contact(_) => RecordKind::Contact,
            Self::Company(_) => RecordKind::Company,
            Self::Deal(_) => RecordKind::Deal,
            Self::Activity(_) => RecordKind::Activity,
        }
    }

    /// Its id, unique among those of its kind.
    pub fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Contact(id) => id.0,
            Self::Company(id) => id.0,
            Self::Deal(id) => id.0,
            Self::Activity(id) => id.0,
        }
    }

    /// Its name.
    pub fn name(self) -> Name {
        match self {
            Self::Contact(id) => Name::Contact(id),
            Self::Company(id) => Name::Company(id),
            Self::Deal(id) => Name::Deal(id),
            Self::Activity(id) => Name::Activity(id),
        }
    }

    /// The record with this name, if it is one.
    pub fn of_name(name: &Name) -> Option<Self> {
        match name {
            Name::Contact(id) => Some(Self::Contact(*id)),
            Name::Company(id) => Some(Self::Company(*id)),
            Name::Deal(id) => Some(Self::Deal(*id)),
            Name::Activity(id) => Some(Self::Activity(*id)),
            _ => None,
        }
    }
}

impl RecordKind {
    /// The field of a ticket that lists them.
    pub fn field(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Company => "companies",
            Self::Deal => "deals",
            Self::Activity => "activities",
        }
    }
}

impl Ticket {
    /// Everything it is associated with: the primary contact, then the others by kind and id.
    pub fn records(&self) -> impl Iterator<Item = RecordRef> {
        self.contact.map(RecordRef::Contact).into_iter().chain(self.links.iter().copied())
    }

    /// What it is associated with of this kind.
    pub fn records_of(&self, kind: RecordKind) -> impl Iterator<Item = RecordRef> {
        self.records().filter(move |record| record.kind() == kind)
    }

    /// Whether it is associated with this record.
    pub fn is_about(&self, record: RecordRef) -> bool {
        self.contact.map(RecordRef::Contact) == Some(record) || self.links.contains(&record)
    }

    /// Associates it with a record, whether there is room or not; the first contact is the primary one. Says whether
    /// anything changed.
    pub fn associate(&mut self, record: RecordRef) -> bool {
        match record {
            _ if self.is_about(record) => false,
            RecordRef::Contact(contact) if self.contact.is_none() => {
                self.contact = Some(contact);
                true
            }
            _ => self.links.insert(record),
        }
    }

    /// Ends an association. Where it was the primary contact, the next one becomes it. Says whether anything changed.
    pub fn dissociate(&mut self, record: RecordRef) -> bool {
        if self.contact.map(RecordRef::Contact) != Some(record) {
            return self.links.remove(&record);
        }
        let next = self.records_of(RecordKind::Contact).find(|other| *other != record);
        self.contact = None;
        if let Some(RecordRef::Contact(next)) = next {
            self.put_contact(Some(next));
        }
        true
    }

    /// Puts a contact in the place of another one, as whatever that was. Says whether anything changed.
    pub fn replace(&mut self, gone: RecordRef, other: RecordRef) -> bool {
        match other {
            RecordRef::Contact(contact) if self.contact.map(RecordRef::Contact) == Some(gone) => {
                self.put_contact(Some(contact));
                true
            }
            _ if self.links.remove(&gone) => {
                self.associate(other);
                true
            }
            _ => false,
        }
    }

    /// Puts a contact in the place of the primary one, which is no longer associated. One that was associated already is
    /// the primary one from now on, and no second time.
    pub fn put_contact(&mut self, contact: Option<ContactId>) {
        if let Some(contact) = contact {
            self.links.remove(&RecordRef::Contact(contact));
        }
        self.contact = contact;
    }

    /// Sets the primary contact as somebody says it: one of the others changes places with the former, a new one replaces
    /// it, and none at all takes it away, so that the next one follows.
    pub fn set_contact(&mut self, contact: Option<ContactId>) {
        let former = self.contact.map(RecordRef::Contact);
        match (contact, former) {
            (None, Some(former)) => {
                self.dissociate(former);
            }
            (Some(new), _) if self.links.contains(&RecordRef::Contact(new)) => {
                self.put_contact(contact);
                self.links.extend(former);
            }
            (_, _) => self.put_contact(contact),
        }
    }

    /// The kind of which there are more than there may be.
    pub fn overfull(&self) -> Option<(&'static str, usize)> {
        let contacts = self.records_of(RecordKind::Contact).count();
        let others = self.records().count() - contacts;
        if contacts > MOST_CONTACTS {
            Some(("contacts of a ticket", MOST_CONTACTS))
        } else {
            (others > MOST_LINKS).then_some(("companies, deals and activities of a ticket", MOST_LINKS))
        }
    }
}

/// The records of this kind among these.
pub fn of_kind(records: &BTreeSet<RecordRef>, kind: RecordKind) -> impl Iterator<Item = RecordRef> {
    records.iter().copied().filter(move |record| record.kind() == kind)
}
