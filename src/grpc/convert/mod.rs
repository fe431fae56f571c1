//! Between the contract's messages and the domain's values: one file per resource, nothing else.

pub mod access;
pub mod account;
pub mod activity;
pub mod association;
pub mod attachment;
pub mod channel;
pub mod common;
pub mod company;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod deal;
pub mod draft;
pub mod event;
pub mod history;
pub mod ingress;
pub mod mask;
pub mod name;
pub mod notification;
pub mod pipeline;
pub mod property;
pub mod queue;
pub mod routing;
mod rules;
pub mod search;
pub mod skill;
pub mod start;
pub mod team;
pub mod ticket;
pub mod ticket_batch;
pub mod ticket_life;
pub mod user;
pub mod view;
pub mod workflow;

pub use common::{actor, mutation, timestamp};
