//! Contacts.

use super::{field, reference, searched};
use crate::domain::filter::kind::{IdKind, Kind, Schema};

/// Fields of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum ContactField {
    DisplayName,
    Email,
    Phone,
    Owner,
    Tracked,
    LanguageCode,
    CreateTime,
    UpdateTime,
}

/// Contacts.
pub static CONTACT: Schema<ContactField> = {
    use ContactField as F;
    Schema {
        fields: &[
            searched("display_name", F::DisplayName, Kind::Text),
            searched("email", F::Email, Kind::Address),
            field("phone", F::Phone, Kind::Keyword),
            field("owner", F::Owner, reference("users", IdKind::Chosen)),
            field("tracked", F::Tracked, Kind::Bool),
            field("language_code", F::LanguageCode, Kind::Keyword),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// What lists of contacts may be ordered by.
pub const CONTACT_ORDER: &[(&str, ContactField)] = &[
    ("display_name", ContactField::DisplayName),
    ("create_time", ContactField::CreateTime),
    ("update_time", ContactField::UpdateTime),
];
