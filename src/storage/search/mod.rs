//! The search index over tickets (decision T4).
//!
//! A follower reads each account's events and brings the words of what they are about up to date ([`follow`]); the words
//! are made in the domain. Each account's words begin with its slot, so that one index serves all accounts. On SQLite the
//! words stand in an FTS5 table, on PostgreSQL in a `tsvector` under a GIN index.
//!
//! What an event names is read again as it is now, and whatever a ticket has in the index but not in its tables leaves.
//! So the index needs to know little about kinds of events, and reading an event twice does no harm.

mod find;
mod follow;
mod gather;
mod plan;
mod shown;
mod words;
mod write;

pub use find::{Found, Hit, Seek, Shown, find};
pub use follow::{Follower, reset};
