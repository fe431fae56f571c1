//! Contacts: the people who write in.

mod identify;
mod read;
mod write;

pub use identify::{Identified, Identify, cookie_hash};
pub use read::{get, list};
pub use write::{ContactChanges, Create, Update};
