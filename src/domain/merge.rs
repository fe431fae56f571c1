//! What a merge and a split make of tickets (C-017 to C-019).

use std::collections::BTreeSet;

use super::conversation::{Direction, Message};
use super::event::Actor;
use super::ids::TicketNumber;
use super::pipeline::{Closing, Status};
use super::ticket::Ticket;
use super::time::Timestamp;

/// Takes in what `source` had: conversations, followers, associations, the older create time, and the values of properties
/// that `target` has none of. Where it has no contact, the source's primary one is its own. Owner, status and every field
/// that people write stay those of `target` (C-018); so do the shares.
pub fn absorb(target: &mut Ticket, source: &Ticket) {
    // Ids grow with time, so that their order is that in which the conversations began.
    let united: BTreeSet<_> = target.conversations.iter().chain(&source.conversations).copied().collect();
    target.conversations = united.into_iter().collect();
    target.life.follow_too(&source.life.followers);
    target.life.origin = target.life.origin.or(source.life.origin);
    target.life.handed |= source.life.handed;
    for record in source.records() {
        target.associate(record);
    }
    for (property, value) in &source.properties {
        target.properties.entry(property.clone()).or_insert_with(|| value.clone());
    }
    target.create_time = target.create_time.min(source.create_time);
    target.first_reply_time = earlier(target.first_reply_time, source.first_reply_time);
    target.last_reply_time = target.last_reply_time.max(source.last_reply_time);
    target.last_contact_message_time = target.last_contact_message_time.max(source.last_contact_message_time);
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Ends a ticket as merged into `target`: closed, without conversations and followers, which are the target's now. One
/// that was closed keeps status and close time.
pub fn end_as_merged(source: &mut Ticket, target: TicketNumber, closed: &Status, closing: Closing) {
    if source.open {
        source.relocate(closed, closing);
    }
    source.conversations.clear();
    source.life.followers.clear();
    source.life.handed = false;
    source.life.merged_into = Some(target);
}

/// The times that the messages of a split-off ticket tell.
pub fn times_of<'m>(ticket: &mut Ticket, messages: impl Iterator<Item = &'m Message>) {
    for message in messages {
        let time = Some(message.create_time);
        match message.direction {
            Direction::Inbound => {
                ticket.last_contact_message_time = ticket.last_contact_message_time.max(time);
            }
            Direction::Outbound => {
                ticket.last_reply_time = ticket.last_reply_time.max(time);
                if matches!(message.sender, Actor::User(_)) {
                    ticket.first_reply_time = earlier(ticket.first_reply_time, time);
                }
            }
        }
    }
}
