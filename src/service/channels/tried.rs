//! A routing that is tried and not stored: given whole, or one of the versions of its channel.

use super::routing::GivenRouting;
use super::versions::{checked_version, stored_version};
use crate::domain::channel::{Channel, Routing};
use crate::domain::ids::ChannelId;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::storage::lane::{Keys, World};

/// A routing that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// As the caller gives it.
    Given(Box<GivenRouting>),
    /// A version of the channel's, whatever became of it.
    Version(ChannelId, i64),
}

impl Tried {
    /// Names what is read to know it.
    pub(in crate::service) fn needs(&self, keys: &mut Keys) {
        if let Self::Version(channel, number) = self {
            keys.routing_versions.insert((channel.clone(), *number));
        }
    }

    /// Whether it may have rules, as far as is known.
    pub(in crate::service) fn has_rules(&self, world: &World) -> bool {
        match self {
            Self::Given(given) => !given.routing.rules.is_empty(),
            Self::Version(channel, number) => {
                let version = world.routing_versions.peek(&(channel.clone(), *number));
                version.is_none_or(|version| !version.routing.rules.is_empty())
            }
        }
    }

    /// The routing as it was written, also where it could not be saved any more.
    ///
    /// # Errors
    /// [`Rejection::ReferenceNotFound`] for a version that the channel does not have.
    pub(in crate::service) fn stored(&self, desk: &Desk<'_, '_>, channel: &Channel) -> Result<Routing, Rejection> {
        match self {
            Self::Given(given) => Ok(given.routing.clone()),
            Self::Version(of, number) => stored_version(desk, channel, of, *number),
        }
    }

    /// The routing, if it can be the one of the channel.
    ///
    /// # Errors
    /// As an update of the routing; [`Rejection::ReferenceNotFound`] for a version that the channel does not have.
    pub(in crate::service) fn of(&self, desk: &Desk<'_, '_>, channel: &Channel) -> Result<Routing, Rejection> {
        match self {
            Self::Given(given) => given.checked(desk, channel),
            Self::Version(of, number) => checked_version(desk, channel, of, *number),
        }
    }
}
