//! Somebody to connect with a ticket or a conversation: known, or new on the spot.

use super::write::{ContactChanges, make};
use crate::domain::access::Permission;
use crate::domain::contact::Contact;
use crate::domain::ids::ContactId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::storage::lane::Keys;

/// A contact in a request, as `contact` or `new_contact`.
#[derive(Debug, Clone)]
pub enum Who {
    /// Somebody known.
    Known(ContactId),
    /// Somebody new.
    New(ContactChanges),
}

impl Who {
    /// Names what must be read.
    pub fn needs(&self, keys: &mut Keys) {
        match self {
            Self::Known(id) => {
                keys.contacts.insert(*id);
            }
            Self::New(values) => keys.points.extend(values.points().cloned()),
        }
    }

    /// The contact, made if need be.
    ///
    /// # Errors
    /// [`Rejection::ReferenceNotFound`]; [`Rejection::Duplicate`] for a new one whose address another has (C-030);
    /// [`Rejection::PermissionMissing`] for a machine that may not make any.
    pub fn resolve(&self, desk: &mut Desk<'_, '_>) -> Result<Contact, Rejection> {
        match self {
            Self::Known(id) => desk.world().contacts.get(id).cloned().ok_or_else(|| {
                let resource = desk.name(&Name::Contact(*id));
                Rejection::ReferenceNotFound { field: "contact".to_owned(), resource }
            }),
            Self::New(values) => {
                let permission = Permission::ContactsEdit;
                if !desk.rights.has(permission) {
                    return Err(Rejection::PermissionMissing { permission, resource: desk.name(&Name::Account) });
                }
                make(desk, values).map_err(renamed)
            }
        }
    }
}

/// The refusals of a contact name fields of `contact`; here it stands in `new_contact`.
fn renamed(rejection: Rejection) -> Rejection {
    let path = |field: &str| format!("new_{field}");
    match rejection {
        Rejection::Invalid(faults) => Rejection::Invalid(
            faults
                .into_iter()
                .map(|fault| crate::domain::rejection::FieldFault { field: path(&fault.field), ..fault })
                .collect(),
        ),
        Rejection::ReferenceNotFound { field, resource } => {
            Rejection::ReferenceNotFound { field: path(&field), resource }
        }
        Rejection::Duplicate { field: "contact.emails", value, existing } => {
            Rejection::Duplicate { field: "new_contact.emails", value, existing }
        }
        Rejection::Duplicate { field: "contact.phones", value, existing } => {
            Rejection::Duplicate { field: "new_contact.phones", value, existing }
        }
        other => other,
    }
}
