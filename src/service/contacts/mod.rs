//! Contacts: the people who write in.

mod identify;
mod read;
mod write;

pub use identify::{Identified, Identify};
pub use read::{get, list};
pub use write::{ContactChanges, Create, Update};
