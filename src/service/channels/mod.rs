//! Channels and their routing.

mod channel;
mod read;
mod routing;
mod rules;
mod write;

pub use read::{get, list, making_tickets, routing};
pub use routing::{FlaggedRouting, RoutingChanges, UpdateRouting};
pub use write::{ChannelChanges, Create, Delete, Update};
