//! Channels and their routing.

mod calling;
mod channel;
mod read;
mod routing;
mod rules;
mod tried;
mod versions;
mod write;

pub use read::{get, list, making_tickets, routing};
pub(in crate::service) use routing::check_named;
pub use routing::{FlaggedRouting, GivenRouting, RoutingChanges, UpdateRouting};
pub use tried::Tried;
pub use versions::{Activate, CreateDraft, version, versions};
pub use write::{CallingChanges, ChannelChanges, Create, Delete, Update};
