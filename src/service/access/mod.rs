//! Credentials, and what they are good for.

mod caller;
mod read;
mod write;

pub use caller::{CallerView, Held, view};
pub use read::{get, list};
pub use write::{Create, KeyWish, NewKey, Revoke};
