//! Making, changing and deleting channels.

use std::time::Duration;

use super::calling::checked_calling;
use super::channel::{check_address, check_window, find, pipeline, save};
use crate::domain::call::CallingConfig;
use crate::domain::channel::{Channel, ChannelKind, Deliverer, Routing};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, PipelineId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::mail::Adoption;
use crate::storage::lane::{Keys, World};

/// Makes a channel that routes to nobody.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<ChannelId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// What kind, for good.
    pub kind: ChannelKind,
    /// Whether it is used.
    pub enabled: bool,
    /// Whether its messages make tickets.
    pub creates_tickets: bool,
    /// Where its tickets begin; none is the first pipeline.
    pub pipeline: Option<PipelineId>,
    /// The team address of an email channel.
    pub email_address: Option<String>,
    /// Who delivers the replies of an email channel.
    pub delivered_by: Deliverer,
    /// Answers come to the team address without a tag.
    pub plain_reply_to: bool,
    /// How long the contact's last message may be answered; none: as the kind has it.
    pub reply_window: Option<Duration>,
    /// What a calling channel has of its own.
    pub calling: Option<CallingConfig>,
}

impl UseCase for Create {
    type Outcome = Channel;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Channel, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| ChannelId::stored(made));
        let pipeline = pipeline(desk, self.pipeline.as_ref())?;
        if desk.world().people().channels.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Channel(id)) });
        }
        check_address(desk, &id, self.kind, self.email_address.as_deref())?;
        check_window(self.kind, self.reply_window)?;
        let calling = checked_calling(self.kind, self.calling.clone())?;
        let now = desk.session.now();
        let channel = Channel {
            id,
            display_name: self.display_name.clone(),
            kind: self.kind,
            enabled: self.enabled,
            creates_tickets: self.creates_tickets,
            pipeline,
            email_address: self.email_address.clone().unwrap_or_default(),
            delivered_by: self.delivered_by,
            plain_reply_to: self.plain_reply_to,
            reply_window: self.reply_window,
            calling,
            routing: Routing::default(),
            routing_version: 1,
            routing_numbers: 1,
            routing_update_time: now,
            create_time: now,
            update_time: now,
            version: 0,
        };
        Ok(save(desk, channel, Vec::new()))
    }
}

/// New values of a channel; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ChannelChanges {
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// The kind, which must be the stored one.
    pub kind: Option<ChannelKind>,
    /// Whether it is used.
    pub enabled: Option<bool>,
    /// Whether its messages make tickets.
    pub creates_tickets: Option<bool>,
    /// Where its tickets begin; none inside is the first pipeline.
    pub pipeline: Option<Option<PipelineId>>,
    /// Who delivers the replies of an email channel.
    pub delivered_by: Option<Deliverer>,
    /// Whether answers come to the team address without a tag.
    pub plain_reply_to: Option<bool>,
    /// The reply window; none inside is the kind's own.
    pub reply_window: Option<Option<Duration>>,
    /// The team address of an email channel; none inside takes it away, which only other kinds bear.
    pub email_address: Option<Option<String>>,
    /// What a calling channel has of its own, in parts.
    pub calling: CallingChanges,
}

/// New values of what a calling channel has of its own.
#[derive(Debug, Clone, Default)]
pub struct CallingChanges {
    /// The values.
    pub given: CallingConfig,
    /// The hours change.
    pub hours: bool,
    /// The voicemail message changes.
    pub voicemail: bool,
    /// The other one changes.
    pub after_hours_voicemail: bool,
    /// How long it rings changes.
    pub ring: bool,
}

impl CallingChanges {
    fn apply(&self, kind: ChannelKind, before: &CallingConfig) -> Result<CallingConfig, Rejection> {
        if !(self.hours || self.voicemail || self.after_hours_voicemail || self.ring) {
            return Ok(before.clone());
        }
        let given = self.given.clone();
        let mut after = before.clone();
        if self.hours {
            after.hours = given.hours;
        }
        if self.voicemail {
            after.voicemail = given.voicemail;
        }
        if self.after_hours_voicemail {
            after.after_hours_voicemail = given.after_hours_voicemail;
        }
        if self.ring {
            after.ring = given.ring;
        }
        checked_calling(kind, Some(after))
    }
}

/// Changes a channel.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub channel: ChannelId,
    /// What to change.
    pub changes: ChannelChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = Channel;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Channel, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let before = find(desk, &self.channel, &name)?;
        desk.same_version(&name, self.etag, before.version)?;
        let after = self.changes.apply(desk, &before)?;
        if after == before {
            return Ok(before);
        }
        let fields = changed_fields(desk, &before, &after);
        let adopts = after.delivered_by_service() && !before.delivered_by_service();
        let after = save(desk, after, fields);
        if adopts {
            Adoption::queue(&after, desk.session);
        }
        Ok(after)
    }
}

impl ChannelChanges {
    fn apply(&self, desk: &Desk<'_, '_>, before: &Channel) -> Result<Channel, Rejection> {
        if self.kind.is_some_and(|kind| kind != before.kind) {
            return Err(Rejection::FieldImmutable { field: "channel.type".to_owned() });
        }
        let mut after = before.clone();
        if let Some(asked) = &self.pipeline {
            after.pipeline = pipeline(desk, asked.as_ref())?;
        }
        if let Some(address) = &self.email_address {
            check_address(desk, &before.id, before.kind, address.as_deref())?;
            after.email_address = address.clone().unwrap_or_default();
        }
        after.calling = self.calling.apply(before.kind, &before.calling)?;
        if let Some(window) = self.reply_window {
            check_window(before.kind, window)?;
            after.reply_window = window;
        }
        after.delivered_by = self.delivered_by.unwrap_or(after.delivered_by);
        after.plain_reply_to = self.plain_reply_to.unwrap_or(after.plain_reply_to);
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.enabled = self.enabled.unwrap_or(after.enabled);
        after.creates_tickets = self.creates_tickets.unwrap_or(after.creates_tickets);
        Ok(after)
    }
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Channel, after: &Channel) -> Vec<FieldChange> {
    let pipeline = |channel: &Channel| desk.name(&Name::Pipeline(channel.pipeline.clone()));
    let window =
        |channel: &Channel| channel.window().map(|window| format!("{}s", window.as_secs())).unwrap_or_default();
    let calling = |channel: &Channel| {
        let calling = &channel.calling;
        let set = |message: &Option<_>| if message.is_some() { "set" } else { "none" };
        let (voicemail, after_hours) = (set(&calling.voicemail), set(&calling.after_hours_voicemail));
        let hours = calling.hours.blocks.iter().map(|block| format!("{}:{}-{}", block.day, block.start, block.end));
        let hours = hours.collect::<Vec<_>>().join(",");
        format!("{} {hours}, voicemail {voicemail}, after hours {after_hours}", calling.hours.zone)
    };
    let deliverer = |channel: &Channel| channel.delivered_by.code().to_uppercase();
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("enabled", before.enabled, after.enabled),
        FieldChange::of("creates_tickets", before.creates_tickets, after.creates_tickets),
        FieldChange::of("pipeline", pipeline(before), pipeline(after)),
        FieldChange::of("reply_window", window(before), window(after)),
        FieldChange::of("email", &before.email_address, &after.email_address),
        FieldChange::of("calling", calling(before), calling(after)),
        FieldChange::of("email.delivery", deliverer(before), deliverer(after)),
        FieldChange::of("email.plain_reply_address", before.plain_reply_to, after.plain_reply_to),
    ];
    changes.into_iter().flatten().collect()
}

/// Deletes a channel that never carried a message.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub channel: ChannelId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.conversation_of_channel.insert(self.channel.clone());
        let conversation = world.peek_conversation_of_channel(&self.channel);
        keys.conversations.extend(conversation);
        let found = conversation.and_then(|id| world.conversations.peek(&id));
        keys.tickets.extend(found.and_then(|found| found.ticket));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = find(desk, &self.channel, &name)?;
        desk.same_version(&name, self.etag, channel.version)?;
        if let Some(conversation) = desk.world().conversation_of_channel(&self.channel) {
            return Err(desk.in_use(&name, &Name::Conversation(conversation)));
        }
        desk.session.world.people_mut().channels.remove(&self.channel);
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        Ok(())
    }
}
