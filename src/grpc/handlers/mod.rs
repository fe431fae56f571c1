//! One file per service of the contract; each rpc is convert, call, convert.

pub mod access;
pub mod account;
mod event;
pub mod team;
pub mod ticket;
pub mod user;
