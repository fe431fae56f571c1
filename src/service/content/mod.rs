//! Texts that replies insert, filled with what is known, and links beside them.

use std::sync::Arc;

mod compose;
mod read;
mod render;
mod write;

/// What replies may carry, as the service is set.
#[derive(Debug, Clone, Default)]
pub struct ContentOptions {
    /// The only hosts that replies may link to, with what is below them; none: all.
    pub link_hosts: Vec<String>,
}

/// Shared by every call.
pub type SharedContentOptions = Arc<ContentOptions>;

pub use compose::{Composed, check_inserts, compose, needs_of_inserts};
pub use read::{BlockQuery, FilledFor, facts_about, get, list, rendered};
pub use render::{Facts, Rendered, TemplateFault, check, render};
pub use write::{BlockChanges, Create, Delete, Update, check_source};
