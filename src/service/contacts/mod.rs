//! Contacts: the people who write in.

mod delete;
mod identify;
mod merge;
mod read;
mod who;
mod write;

pub use delete::Delete;
pub use identify::{Identified, Identify, cookie_hash, tie_cookie};
pub use merge::{Merge, Merged};
pub use read::{find, get, list, many};
pub use who::Who;
pub use write::{ContactChanges, Create, Update, check_owner};
