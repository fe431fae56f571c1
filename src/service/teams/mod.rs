//! Teams and who is in them.

mod members;
mod read;
mod team;
mod write;

pub use members::{AddMember, RemoveMember};
pub use read::{get, list, members};
pub use team::CountedTeam;
pub use write::{Create, Delete, Update};
