//! Routing decisions: who got what, and why.

mod explain;
mod from_when;
mod read;

pub use explain::{Explanation, explain};
pub use read::{FoundDecision, get, list};
