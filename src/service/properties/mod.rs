//! Properties that an account adds to its tickets, and the creation form.

mod form;
mod read;
mod values;
mod write;

pub use form::UpdateForm;
pub use read::{PropertyQuery, form, get, list};
pub use values::ValueChanges;
pub(in crate::service) use values::{apply, changed, missing, says};
pub use write::{Create, Delete, PropertyChanges, Update};
