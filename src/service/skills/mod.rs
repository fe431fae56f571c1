//! Skills, and who has them (R-132, C-053).

mod assign;
mod read;
mod write;

pub use assign::{Assign, Holder};
pub use read::{Uses, get, list, uses};
pub use write::{Create, Delete, Update};
