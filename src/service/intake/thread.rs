//! Which thread a message continues (C1, T-21, T-22).

use super::contact::Writer;
use super::ingest::{Ingest, Place};
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::contact::Point;
use crate::domain::conversation::{Thread, Verdict};
use crate::domain::ids::{ContactId, ConversationId, ThreadId};
use crate::domain::life::survivor;
use crate::mail::tag;
use crate::storage::lane::World;

/// The contact a message names, as far as it is known: by name, by cookie, by address, in this order. A name of one that
/// became one with another means that one.
pub(super) fn sender_of(message: &Ingest, world: &World) -> Option<ContactId> {
    let sender = &message.sender;
    let by_cookie = || sender.cookie.as_ref().and_then(|cookie| world.cookies.peek(cookie)).copied();
    let by_point = || sender.point.as_ref().and_then(|point| world.points.peek(point)).copied();
    let named = sender.contact.map(|id| world.contact_now(id));
    named.or_else(by_cookie).or_else(by_point)
}

/// What an open thread may be found by, best first; the first is what a new thread is stored under.
///
/// The adapter's key alone where there is one. Else the contact, and the cookie, under which the thread began while the
/// visitor was not yet known. Nothing for mail and forms, and for calls without key.
pub(super) fn chat_keys(message: &Ingest, kind: ChannelKind, contact: Option<ContactId>) -> Vec<String> {
    match kind {
        ChannelKind::Email | ChannelKind::Form => Vec::new(),
        _ if !message.thread_key.is_empty() => vec![message.thread_key.clone()],
        _ if !kind.continues_open_thread() => Vec::new(),
        _ => {
            let by_contact = contact.and_then(|id| contact_key(kind, id));
            let by_cookie = message.sender.cookie.as_deref().map(cookie_key);
            by_contact.into_iter().chain(by_cookie).collect()
        }
    }
}

/// What the one open thread of a contact is found by on channels of this kind; none where nothing may be.
pub fn contact_key(kind: ChannelKind, contact: ContactId) -> Option<String> {
    kind.continues_open_thread().then(|| format!("sender:contact:{contact}"))
}

/// What an open thread is found by that began while only the browser was known.
pub fn cookie_key(hash: &str) -> String {
    format!("sender:cookie:{hash}")
}

/// Which visitor begins a conversation with this message: the browser, else one who is seen this once. Nobody where the
/// message names a contact or an address.
pub(super) fn visitor_key(message: &Ingest, writer: &Writer, conversation: ConversationId) -> String {
    let sender = &message.sender;
    match &sender.cookie {
        _ if sender.contact.is_some() || sender.point.is_some() => String::new(),
        Some(hash) => format!("{COOKIE}{hash}"),
        None if writer.contact.is_none() => format!("alone:{conversation}"),
        None => String::new(),
    }
}

/// The hash of the browser's cookie, where that is what a visitor is known by.
pub fn cookie_of_visitor(key: &str) -> Option<&str> {
    key.strip_prefix(COOKIE)
}

const COOKIE: &str = "cookie:";

/// A thread of the channel that goes on, with its conversation.
pub(super) fn place(world: &World, channel: &Channel, id: &ThreadId) -> Option<Place> {
    // What is written to a deleted ticket begins anew (C-016).
    let goes_on = |thread: &&Thread| thread.channel == channel.id && !thread.archived;
    let thread = world.threads.get(id).filter(goes_on)?.clone();
    let mut conversation = world.conversations.get(&thread.conversation)?.clone();
    let merged_into = |number| world.tickets.peek(&number).and_then(|ticket| ticket.life.merged_into);
    // Merging moves the conversations; one that still stands at a merged ticket belongs to the survivor (C-017).
    conversation.ticket = conversation.ticket.map(|number| survivor(number, merged_into));
    Some(Place { thread, conversation })
}

/// Message-IDs of ours that the tags of the recipients name: what a mail comes back to that goes to the envelope's sender.
pub(super) fn tagged_ids(message: &Ingest, channel: &Channel) -> Vec<String> {
    let tags = message.mail.iter().flat_map(|mail| &mail.reply_tokens);
    tags.filter_map(|found| tag::bounced(found)).map(|token| channel.mail_id(token)).collect()
}

/// The thread that a message continues, with its conversation.
pub(super) fn find(message: &Ingest, world: &World, channel: &Channel, writer: &Writer) -> Option<Place> {
    let place = |id: &ThreadId| place(world, channel, id);
    if message.mail.is_some() {
        return answered(message, world, channel, writer, &place);
    }
    let contact = writer.contact.as_ref().map(|contact| contact.id);
    let keys = chat_keys(message, channel.kind, contact);
    // A contact made in this batch has no thread yet that anybody could have asked for.
    let open = |key: String| world.open_threads.peek(&(channel.id.clone(), key));
    let with = |found: &Place| found.conversation.contact.map(|id| world.contact_now(id));
    // A browser goes on where it was, also when its contact has an older thread (C-031). Whom the adapter names goes on in the
    // own one, and nobody in somebody else's.
    let own = |found: &Place| with(found) == contact || (with(found).is_none() && message.sender.contact.is_none());
    let may_join = |found: &Place| {
        contact.is_none() || !message.thread_key.is_empty() || with(found).is_none_or(|id| Some(id) == contact)
    };
    let by_cookie = message.sender.cookie.as_deref().map(cookie_key).filter(|key| keys.contains(key));
    let by_cookie = by_cookie.and_then(open).and_then(place).filter(own);
    by_cookie.or_else(|| keys.into_iter().filter_map(open).filter_map(place).find(may_join))
}

/// A mail continues a thread by our token, which nobody else knows, or by a Message-ID of ours from somebody who takes
/// part and did not fail the sender check. Never by its subject.
fn answered(
    message: &Ingest,
    world: &World,
    channel: &Channel,
    writer: &Writer,
    place: &impl Fn(&ThreadId) -> Option<Place>,
) -> Option<Place> {
    let mail = message.mail.as_ref()?;
    let of_mails = tagged_ids(message, channel);
    let of_mails = of_mails.iter().filter_map(|id| world.mail_ids.get(id)).map(|sent| sent.thread);
    let of_threads = mail.reply_tokens.iter().filter_map(|token| world.reply_tokens.get(token)).copied();
    let by_token = of_threads.chain(of_mails).find_map(|id| place(&id));
    if by_token.is_some() || message.check.verdict == Verdict::Fail {
        return by_token;
    }
    let ours = mail.answers.iter().filter_map(|id| world.mail_ids.get(id));
    ours.filter_map(|sent| place(&sent.thread)).find(|found| takes_part(message, writer, found))
}

/// The address the thread is with, or another one of the same contact. Recipients of copies never take part by that.
fn takes_part(message: &Ingest, writer: &Writer, place: &Place) -> bool {
    let same_address = message.sender.point.as_ref().is_some_and(|point| *point == Point::email(&place.thread.address));
    let contact = writer.contact.as_ref().map(|contact| contact.id);
    same_address || (contact.is_some() && contact == place.conversation.contact)
}
