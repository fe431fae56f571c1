//! Between the contract's messages and the domain's values: one file per resource, nothing else.

pub mod common;
pub mod mask;
pub mod name;
pub mod ticket;

pub use common::{actor, mutation, timestamp};
