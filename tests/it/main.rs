//! The one integration binary.

mod access_matrix;
mod access_table;
mod contract;
mod edge;
mod event;
mod faults;
mod requirements;
mod store;
mod support;
mod ticket;
mod tidy;
mod workers;
