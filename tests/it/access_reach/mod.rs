//! Who reaches what, over every rpc of the contract: the twin-tenant sweep and the access matrix.
//!
//! Both are generated from the descriptors and fed by one valid request per rpc (`requests/`), so a new rpc enters by
//! itself and needs one line.

mod agreement;
mod cast;
mod contract;
mod ignored;
mod ledger;
mod matrix;
mod names;
mod requests;
mod revoked;
mod revoked_streams;
mod schema;
mod sweep;
pub mod table;
mod tickets;
mod unnamed;
mod wire;
mod world;
