//! The one integration binary.

mod access_matrix;
mod contract;
mod conversation;
mod edge;
mod ingress;
mod requirements;
mod store;
mod support;
mod ticket;
mod tidy;
