//! The contract's messages, clients and servers, and those that travel with errors.

pub use google::rpc;
pub use helpdesk::{access::v1 as access, v1};
pub use helpdesk_contract::{FILE_DESCRIPTOR_SET, google, helpdesk};
