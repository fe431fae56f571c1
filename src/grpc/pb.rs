//! The contract's messages, clients and servers, and those that travel with errors. Written by `build.rs`.

/// Every file of the contract with comments and options, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.binpb"));

pub use generated::{google, helpdesk};
pub use google::rpc;
pub use helpdesk::{access::v1 as access, v1};

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
