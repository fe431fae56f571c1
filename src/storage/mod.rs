//! The database: the only place that knows SeaORM.
//!
//! [`Store`] is a concrete type over SQLite or PostgreSQL; what differs between them is in [`dialect`]. Changes go
//! through [`lane`]s, reads through one read connection and one statement where one will do.

pub mod accounts;
pub mod blobs;
pub mod dialect;
mod error;
pub mod filter_sql;
mod gather;
mod hints;
pub mod jobs;
mod keyed;
pub mod lane;
pub mod presence;
pub mod read;
mod remember;
pub mod rows;
pub mod runs;
pub mod search;
mod sole;
mod store;
pub mod sweep;
mod write;

pub use blobs::Blobs;
pub use error::StoreError;
pub use store::{Store, StoreOptions, migrate};
pub use write::write_rows;
