//! Versions of a channel's routing: written as drafts, made active, gone back to (R1).

use super::channel::find;
use super::routing::{FlaggedRouting, GivenRouting, check_whole, replace};
use crate::domain::channel::{Channel, Routing};
use crate::domain::event::EventType;
use crate::domain::ids::ChannelId;
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{RoutingVersion, VersionState};
use crate::service::Service;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::lane::{Keys, World};
use crate::storage::read::routing_versions;

/// Writes a version that decides nothing yet.
#[derive(Debug, Clone)]
pub struct CreateDraft {
    /// Of which channel.
    pub channel: ChannelId,
    /// The routing, whole.
    pub routing: GivenRouting,
    /// What the author says about it.
    pub note: String,
}

/// Makes a version the one that decides: a draft, or one that did before.
#[derive(Debug, Clone)]
pub struct Activate {
    /// Of which channel.
    pub channel: ChannelId,
    /// Which.
    pub number: i64,
    /// The routing version the caller last saw active.
    pub etag: Option<i64>,
}

impl UseCase for CreateDraft {
    type Outcome = RoutingVersion;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<RoutingVersion, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let mut channel = find(desk, &self.channel, &name)?;
        let routing = self.routing.checked(desk, &channel)?;
        channel.routing_numbers += 1;
        let version = RoutingVersion {
            channel: self.channel.clone(),
            number: channel.routing_numbers,
            state: VersionState::Draft,
            routing,
            note: self.note.clone(),
            author: desk.session.actor.clone(),
            create_time: desk.session.now(),
            activate_time: None,
        };
        put(desk, version.clone());
        desk.session.world.people_mut().channels.put(self.channel.clone(), channel);
        let name = Name::RoutingVersion(self.channel.clone(), version.number);
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        Ok(version)
    }
}

impl UseCase for Activate {
    /// The version, and the routing that decides now.
    type Outcome = (RoutingVersion, FlaggedRouting);

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.routing_versions.insert((self.channel.clone(), self.number));
        needs_to_retire(world, keys, &self.channel);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection> {
        let name = Name::RoutingVersion(self.channel.clone(), self.number);
        let channel = find(desk, &self.channel, &name)?;
        let version = desk.world().routing_versions.get(&(self.channel.clone(), self.number)).cloned();
        let version = version.ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&Name::ChannelRouting(self.channel.clone()), self.etag, channel.routing_version)?;
        check_whole(desk, &channel, &version.routing)?;
        let flagged = replace(desk, channel, version.routing.clone(), Some(version));
        let key = (self.channel.clone(), self.number);
        let version = desk.world().routing_versions.get(&key).cloned().ok_or_else(|| desk.not_found(&name))?;
        Ok((version, flagged))
    }
}

/// The routing of a version, if it can be the one of the channel.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for one that the channel does not have; as an update of the routing.
pub(super) fn checked_version(
    desk: &Desk<'_, '_>,
    channel: &Channel,
    of: &ChannelId,
    number: i64,
) -> Result<Routing, Rejection> {
    let routing = stored_version(desk, channel, of, number)?;
    check_whole(desk, channel, &routing)?;
    Ok(routing)
}

/// The routing of a version as it was written.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for one that the channel does not have.
pub(super) fn stored_version(
    desk: &Desk<'_, '_>,
    channel: &Channel,
    of: &ChannelId,
    number: i64,
) -> Result<Routing, Rejection> {
    let stored = desk.world().routing_versions.get(&(of.clone(), number)).map(|version| version.routing.clone());
    // The first version of a channel is not kept apart while it decides.
    let active = (number == channel.routing_version).then(|| channel.routing.clone());
    let missing = || {
        let resource = desk.name(&Name::RoutingVersion(of.clone(), number));
        Rejection::ReferenceNotFound { field: "routing_version".to_owned(), resource }
    };
    stored.or(active).filter(|_| *of == channel.id).ok_or_else(missing)
}

/// Names what is read to say that the active version is no longer it.
pub(super) fn needs_to_retire(world: &World, keys: &mut Keys, channel: &ChannelId) {
    if let Some(active) = world.people().channels.get(channel) {
        keys.routing_versions.insert((channel.clone(), active.routing_version));
    }
}

/// Retires the active version of a channel; one that is older than the list of versions is written down first.
pub(super) fn retire(desk: &mut Desk<'_, '_>, channel: &Channel) {
    let key = (channel.id.clone(), channel.routing_version);
    let known = desk.world().routing_versions.get(&key).cloned();
    let version = known.unwrap_or_else(|| RoutingVersion {
        channel: channel.id.clone(),
        number: channel.routing_version,
        state: VersionState::Active,
        routing: channel.routing.clone(),
        note: String::new(),
        author: desk.session.actor.clone(),
        create_time: channel.routing_update_time,
        activate_time: Some(channel.routing_update_time),
    });
    put(desk, RoutingVersion { state: VersionState::Retired, ..version });
}

/// Writes down that a version is active.
pub(super) fn activate(desk: &mut Desk<'_, '_>, channel: &Channel, drafted: Option<RoutingVersion>) {
    let now = desk.session.now();
    let version = drafted.unwrap_or_else(|| RoutingVersion {
        channel: channel.id.clone(),
        number: channel.routing_version,
        state: VersionState::Active,
        routing: channel.routing.clone(),
        note: String::new(),
        author: desk.session.actor.clone(),
        create_time: now,
        activate_time: None,
    });
    put(desk, RoutingVersion { state: VersionState::Active, activate_time: Some(now), ..version });
}

fn put(desk: &mut Desk<'_, '_>, version: RoutingVersion) {
    let key = (version.channel.clone(), version.number);
    desk.session.world.routing_versions.put(key, version);
}

/// One version. Of a channel whose routing never changed there is none but the active one, which is not kept apart.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn version(
    service: &Service,
    grant: &Grant,
    channel: &ChannelId,
    number: i64,
) -> Result<RoutingVersion, Rejection> {
    let account = grant.account()?;
    let found = routing_versions::get(&service.store, account, channel, number).await;
    let found = found.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::RoutingVersion(channel.clone(), number).within(account) })
}

/// One page of versions, the newest first.
///
/// # Errors
/// [`Rejection::NotFound`] for the channel.
pub async fn versions(
    service: &Service,
    grant: &Grant,
    channel: &ChannelId,
    query: &ListQuery,
) -> Result<Page<RoutingVersion>, Rejection> {
    super::get(service, grant, channel).await?;
    let page = routing_versions::list(&service.store, grant.account()?, channel, &query.page).await;
    page.map_err(|error| error.rejection())
}
