//! Which way a reply goes: a thread of the conversation, or a new one on a channel (R-043 to R-046, C-028).

use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Thread};
use crate::domain::ids::{ChannelId, ConversationId, ThreadId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::service::intake::contact_key;

/// The way that a caller chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// This thread; none: that of the contact's last message.
    Thread(Option<(ConversationId, ThreadId)>),
    /// A new thread on this channel.
    NewOn(ChannelId),
}

/// A way that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A thread with its channel.
    Thread(Thread, Channel),
    /// A channel on which a thread is still to begin.
    NewOn(Channel),
}

impl Found {
    pub(super) fn channel(&self) -> &Channel {
        match self {
            Self::Thread(_, channel) | Self::NewOn(channel) => channel,
        }
    }

    pub(super) fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::Thread(thread, _) => Some(thread.id),
            Self::NewOn(_) => None,
        }
    }
}

impl Way {
    /// The thread or channel, which carries text. `fields` are those of the request that name thread and channel.
    ///
    /// # Errors
    /// [`Rejection::ReferenceNotFound`], [`Rejection::ChannelCannotSend`].
    pub(super) fn find(
        &self,
        desk: &Desk<'_, '_>,
        conversation: &Conversation,
        fields: [&str; 2],
    ) -> Result<Found, Rejection> {
        let found = match self {
            Self::Thread(named) => {
                let thread = pick(desk, conversation, *named, fields[0])?;
                let channel = desk.world().people().channels.get(&thread.channel).cloned();
                let channel = channel.ok_or_else(|| cannot_send(desk, &thread.channel, "NO_CHANNEL"))?;
                Found::Thread(thread, channel)
            }
            Self::NewOn(id) => Found::NewOn(beginning_channel(desk, id, fields[1])?),
        };
        if found.channel().kind == ChannelKind::Calling {
            return Err(cannot_send(desk, &found.channel().id, "NO_TEXT"));
        }
        Ok(found)
    }
}

/// A channel on which we may write first.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`], [`Rejection::ChannelCannotSend`].
pub(super) fn beginning_channel(desk: &Desk<'_, '_>, id: &ChannelId, field: &str) -> Result<Channel, Rejection> {
    let channel = desk.world().people().channels.get(id).cloned();
    let channel = channel.ok_or_else(|| {
        let resource = desk.name(&Name::Channel(id.clone()));
        Rejection::ReferenceNotFound { field: field.to_owned(), resource }
    })?;
    if channel.kind.can_begin() { Ok(channel) } else { Err(cannot_send(desk, id, "CANNOT_BEGIN")) }
}

pub(super) fn cannot_send(desk: &Desk<'_, '_>, channel: &ChannelId, cause: &'static str) -> Rejection {
    Rejection::ChannelCannotSend { channel: desk.name(&Name::Channel(channel.clone())), cause }
}

/// The thread named; else that of the contact's last message, a call only where there is nothing else.
fn pick(
    desk: &Desk<'_, '_>,
    conversation: &Conversation,
    named: Option<(ConversationId, ThreadId)>,
    field: &str,
) -> Result<Thread, Rejection> {
    let world = desk.world();
    let ids = world.threads_of.get(&conversation.id).map(Vec::as_slice).unwrap_or_default();
    let mut threads = ids.iter().filter_map(|id| world.threads.get(id));
    let found = match named {
        None => threads
            .max_by_key(|thread| {
                (thread.kind != ChannelKind::Calling, thread.last_contact_time, thread.update_time, thread.id)
            })
            .ok_or_else(|| cannot_send(desk, &conversation.channel, "NO_THREAD")),
        Some((parent, id)) => threads.find(|thread| thread.id == id && parent == conversation.id).ok_or_else(|| {
            let resource = desk.name(&Name::Thread(parent, id));
            Rejection::ReferenceNotFound { field: field.to_owned(), resource }
        }),
    };
    found.cloned()
}

/// Whether a message can go out on the thread now.
///
/// # Errors
/// [`Rejection::ChannelDisabled`]; [`Rejection::ChannelCannotSend`] without an address, and when the contact wrote too
/// long ago for the platform.
pub(super) fn check_open(desk: &Desk<'_, '_>, thread: &Thread, channel: &Channel) -> Result<(), Rejection> {
    check_enabled(desk, channel)?;
    if thread.address.is_empty() && thread.key.is_empty() {
        return Err(cannot_send(desk, &channel.id, "NO_RECIPIENT"));
    }
    let over = || thread.window_closes(channel).is_none_or(|end| end <= desk.session.now());
    if channel.window().is_some() && over() {
        return Err(cannot_send(desk, &channel.id, "REPLY_WINDOW_CLOSED"));
    }
    Ok(())
}

/// Whether the channel is on.
///
/// # Errors
/// [`Rejection::ChannelDisabled`].
pub(super) fn check_enabled(desk: &Desk<'_, '_>, channel: &Channel) -> Result<(), Rejection> {
    if channel.enabled {
        return Ok(());
    }
    Err(Rejection::ChannelDisabled { channel: desk.name(&Name::Channel(channel.id.clone())) })
}

/// Begins a thread to the contact. Where the platform has one open thread per contact, that one must not be elsewhere;
/// the caller has named its key among the needs, unless the contact is new.
///
/// # Errors
/// [`Rejection::ChannelCannotSend`] for a contact without an address for it, [`Rejection::AlreadyExists`].
pub(super) fn begin(
    desk: &mut Desk<'_, '_>,
    conversation: ConversationId,
    contact: &Contact,
    channel: &Channel,
    subject: &str,
) -> Result<Thread, Rejection> {
    check_enabled(desk, channel)?;
    let fits = |kind| channel.kind.point_kind().is_none_or(|wanted| wanted == kind);
    let address = contact.points.iter().find(|point| fits(point.kind)).map(|point| point.value.clone());
    let address = address.ok_or_else(|| cannot_send(desk, &channel.id, "NO_RECIPIENT"))?;
    let key = contact_key(channel.kind, contact.id).unwrap_or_default();
    let place = (channel.id.clone(), key.clone());
    if !key.is_empty()
        && let Some(open) = desk.world().open_threads.peek(&place).and_then(|id| desk.world().threads.get(id))
    {
        return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Thread(open.conversation, open.id)) });
    }
    let (id, now) = (ThreadId(desk.session.new_id()), desk.session.now());
    let is_mail = channel.kind == ChannelKind::Email;
    let thread = Thread {
        archived: false,
        id,
        conversation,
        channel: channel.id.clone(),
        kind: channel.kind,
        key,
        open: true,
        resting: false,
        address,
        subject: subject.to_owned(),
        reply_token: if is_mail { desk.session.token() } else { String::new() },
        last_contact_time: None,
        mute: false,
        create_time: now,
        update_time: now,
    };
    put(desk, &thread, place);
    Ok(thread)
}

fn put(desk: &mut Desk<'_, '_>, thread: &Thread, place: (ChannelId, String)) {
    let world = &mut *desk.session.world;
    if !thread.key.is_empty() {
        world.open_threads.put(place, thread.id);
    }
    if !thread.reply_token.is_empty() {
        world.reply_tokens.put(thread.reply_token.clone(), thread.id);
    }
    let mut all = world.threads_of.peek(&thread.conversation).cloned().unwrap_or_default();
    all.push(thread.id);
    world.threads_of.put(thread.conversation, all);
    world.threads.put(thread.id, thread.clone());
}
