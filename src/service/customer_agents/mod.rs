//! Customer agents: set up, paused and read.

mod read;
mod write;

pub use read::{Shown, get, list};
pub use write::{Create, Delete, Pause, Update};
