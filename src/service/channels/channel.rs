//! What all changes of channels share.

use std::time::Duration;

use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, PipelineId};
use crate::domain::names::Name;
use crate::domain::pipeline::DEFAULT_PIPELINE;
use crate::domain::rejection::Rejection;
use crate::domain::user::User;
use crate::service::desk::Desk;

/// A channel of the account.
///
/// # Errors
/// [`Rejection::NotFound`], under `name`: the channel's, or its routing's.
pub fn find(desk: &Desk<'_, '_>, id: &ChannelId, name: &Name) -> Result<Channel, Rejection> {
    desk.world().people().channels.get(id).cloned().ok_or_else(|| desk.not_found(name))
}

/// Writes a channel with the marks of a change, and its event.
pub fn save(desk: &mut Desk<'_, '_>, mut channel: Channel, fields: Vec<FieldChange>) -> Channel {
    channel.version += 1;
    channel.update_time = desk.session.now();
    let id = channel.id.clone();
    desk.session.world.people_mut().channels.put(id.clone(), channel.clone());
    desk.event(EventType::ConfigChanged, &Name::Channel(id), fields);
    channel
}

/// The pipeline named, or the default one of the account.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`].
pub fn pipeline(desk: &Desk<'_, '_>, asked: Option<&PipelineId>) -> Result<PipelineId, Rejection> {
    let pipelines = &desk.world().people().pipelines;
    match asked {
        None => {
            let first = pipelines.values().filter(|pipeline| pipeline.leaving.is_none());
            let first = first
                .min_by_key(|pipeline| (pipeline.id.as_str() != DEFAULT_PIPELINE, pipeline.position, &pipeline.id));
            let first = first.map(|pipeline| pipeline.id.clone());
            first.ok_or_else(|| Rejection::Internal("an account without a pipeline".to_owned()))
        }
        Some(id) if desk.world().people().pipeline_to_enter(id).is_some() => Ok(id.clone()),
        Some(id) => {
            let resource = desk.name(&Name::Pipeline(id.clone()));
            Err(Rejection::ReferenceNotFound { field: "channel.pipeline".to_owned(), resource })
        }
    }
}

/// Whether `address` fits the kind of channel and belongs to no other channel.
///
/// # Errors
/// A field fault, or [`Rejection::Duplicate`].
pub fn check_address(
    desk: &Desk<'_, '_>,
    id: &ChannelId,
    kind: ChannelKind,
    address: Option<&str>,
) -> Result<(), Rejection> {
    let field = "channel.email";
    match (kind, address) {
        (ChannelKind::Email, None) => Err(Rejection::field(field, "REQUIRED", "must be set for an email channel")),
        (ChannelKind::Email, Some(address)) => free_address(desk, id, address),
        (_, Some(_)) => Err(Rejection::field(field, "INCONSISTENT", "is for email channels only")),
        (_, None) => Ok(()),
    }
}

/// Whether channels of this kind have a reply window to set.
///
/// # Errors
/// A field fault.
pub fn check_window(kind: ChannelKind, window: Option<Duration>) -> Result<(), Rejection> {
    if window.is_none() || kind.has_window() {
        return Ok(());
    }
    Err(Rejection::field("channel.reply_window", "INCONSISTENT", "is for WhatsApp and Messenger channels only"))
}

fn free_address(desk: &Desk<'_, '_>, id: &ChannelId, address: &str) -> Result<(), Rejection> {
    let key = User::email_key(address);
    let taken = |other: &&Channel| other.id != *id && User::email_key(&other.email_address) == key;
    match desk.world().people().channels.values().find(taken) {
        None => Ok(()),
        Some(other) => Err(Rejection::Duplicate {
            field: "channel.email.address",
            value: address.to_owned(),
            existing: desk.name(&Name::Channel(other.id.clone())),
        }),
    }
}
