//! The one integration binary.

mod access;
mod access_matrix;
mod access_table;
mod account;
mod behavior;
mod channel;
mod contact;
mod content;
mod contract;
mod conversation;
mod edge;
mod event;
mod faults;
mod ingress;
mod mail;
mod pipeline;
mod requirements;
mod store;
mod support;
mod team;
mod ticket;
mod tidy;
mod user;
mod workers;
