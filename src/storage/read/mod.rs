//! Reads outside lanes: one statement where one will do, always scoped by account.

pub mod accounts;
pub mod events;
pub mod page;
pub mod people;
pub mod principal;
pub mod scope;
pub mod tickets;
