//! Reads outside lanes: one statement where one will do, always scoped by account.

pub mod accounts;
pub mod conversations;
pub mod page;
pub mod people;
pub mod principal;
pub mod said;
pub mod scope;
pub mod tickets;
