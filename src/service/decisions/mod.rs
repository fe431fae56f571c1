//! Routing decisions: who got what, and why.

mod explain;
mod read;

pub use explain::{Explanation, explain};
pub use read::{FoundDecision, get, list};
