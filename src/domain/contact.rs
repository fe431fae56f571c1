//! The people who write in.

use super::codes::coded;
use super::ids::{ContactId, UserId};
use super::per_hour::{PerDay, PerHour};
use super::time::Timestamp;

coded! {
    /// Kind of an address a contact is known by.
    PointKind { Email = "email", Phone = "phone", Handle = "handle" }
}

/// One address of a contact; an address belongs to one contact of the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// What kind of address.
    pub kind: PointKind,
    /// In the form it is compared in: mail addresses in lower case, phone numbers as digits with a plus.
    pub value: String,
}

impl Point {
    /// A mail address, folded.
    pub fn email(address: &str) -> Self {
        Self { kind: PointKind::Email, value: address.trim().to_lowercase() }
    }

    /// A phone number: spaces, dots, dashes and brackets are not part of it.
    pub fn phone(number: &str) -> Self {
        let value = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        Self { kind: PointKind::Phone, value }
    }

    /// A name on a platform, as the platform spells it.
    pub fn handle(handle: &str) -> Self {
        Self { kind: PointKind::Handle, value: handle.trim().to_owned() }
    }
}

/// Automated emails that one contact gets in a day at most (T-24).
pub const MOST_AUTOMATED: i64 = 5;

/// Somebody who writes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Made id.
    pub id: ContactId,
    /// Name for people; may be empty.
    pub display_name: String,
    /// The person of the account who looks after this contact.
    pub owner: Option<UserId>,
    /// BCP-47 tag; may be empty.
    pub language_code: String,
    /// Addresses, sorted.
    pub points: Vec<Point>,
    /// Whether a browser cookie is tied to the contact.
    pub tracked: bool,
    /// Whether it may get automated emails that are not transactional.
    pub marketing: bool,
    /// The contact that it became one with: what is left of it then is this.
    pub merged_into: Option<ContactId>,
    /// Tickets that it opened lately, where they are counted (L-27).
    pub opened: PerHour,
    /// Automated emails that it got lately.
    pub mailed: PerDay,
    /// When the contact was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Contact {
    /// How the contact is called where a name is wanted: the name, else the first address, else nothing.
    pub fn label(&self) -> Option<&str> {
        if self.display_name.is_empty() {
            self.points.first().map(|p| p.value.as_str())
        } else {
            Some(&self.display_name)
        }
    }
}
