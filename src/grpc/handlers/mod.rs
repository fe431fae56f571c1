//! One file per service of the contract; each rpc is convert, call, convert.

pub mod access;
pub mod account;
pub mod activity;
pub mod attachment;
mod call;
pub mod channel;
pub mod company;
pub mod contact;
pub mod content;
pub mod conversation;
mod customer_agent;
pub mod deal;
mod event;
pub mod ingress;
mod notification;
pub mod pipeline;
mod property;
mod replay;
mod reply;
pub mod routing;
mod skill;
pub mod team;
pub mod ticket;
pub mod user;
mod view;
mod watch;
mod workflow;
