//! Views of tickets: the default ones and custom ones, and what they show (R-001 to; C-002, C-005, C-043).

mod read;
mod write;

pub(super) use read::visible;
pub use read::{Counted, Shown, counts, get, list, query};
pub use write::{CreateView, DeleteView, UpdateView, ViewChanges};
