//! The help desk without transport and without storage: values, rules, decisions. Pure: no I/O, no clock, no runtime.

pub mod access;
pub mod account;
pub mod attachment;
pub mod channel;
mod codes;
pub mod contact;
pub mod conversation;
pub mod draft;
pub mod event;
pub mod filter;
pub mod ids;
pub mod insert;
pub mod life;
pub mod merge;
pub mod names;
pub mod page;
pub mod pipeline;
pub mod rejection;
pub mod routing;
pub mod share;
pub mod text_block;
pub mod ticket;
pub mod time;
pub mod user;
