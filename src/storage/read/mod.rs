//! Reads outside lanes: one statement where one will do, always scoped by account.

pub mod accounts;
pub mod page;
pub mod people;
pub mod events;
pub mod principal;
pub mod scope;
pub mod tickets;
