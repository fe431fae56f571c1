//! What the tests share: engines and databases.

mod checks;
pub mod databases;
pub mod postgres;
mod postgres_binaries;
