//! The contract's messages, clients and servers, and those that travel with errors. Written by `build.rs`.
//!
//! A crate of its own: it is compiled once for everything that uses it, and again only when the contract changes.

/// Every file of the contract with comments and options, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.binpb"));

pub use generated::{google, helpdesk};

#[expect(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    reason = "generated; its comments are the contract's own"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}
