//! One file per service of the contract; each rpc is convert, call, convert.

pub mod ticket;
