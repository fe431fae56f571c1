//! The one integration binary.

mod access;
mod access_matrix;
mod account;
mod contract;
mod edge;
mod requirements;
mod store;
mod support;
mod team;
mod ticket;
mod tidy;
mod user;
