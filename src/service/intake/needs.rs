//! What must be read before a message can be judged, in at most four rounds: the keys the message names, then contact
//! and thread, then the conversation, then the ticket.

use super::ingest::Ingest;
use super::thread::{chat_keys, sender_of, tagged_ids};
use crate::domain::ids::{ConversationId, ThreadId};
use crate::service::handoffs::need_request;
use crate::storage::lane::{Keys, World};

impl Ingest {
    pub(super) fn name_needs(&self, world: &World, keys: &mut Keys) {
        let external = (self.channel.clone(), self.external_id.clone());
        if let Some(known) = world.external_ids.peek(&external).and_then(|id| world.messages.peek(id)) {
            // Here already: only what the answer tells is read.
            keys.conversations.insert(known.conversation);
            name_conversation(world, keys, known.conversation);
            return;
        }
        keys.external_ids.insert(external);
        self.files.needs(keys);
        let raw = self.mail.as_ref().and_then(|mail| mail.raw.as_ref()?.upload);
        keys.content.attachments.extend(raw);
        keys.points.extend(self.sender.point.clone());
        keys.cookies.extend(self.sender.cookie.clone());
        keys.contacts.extend(sender_of(self, world));
        let threads = self.name_threads(world, keys);
        for thread in threads {
            keys.threads.insert(thread);
            if let Some(thread) = world.threads.peek(&thread) {
                keys.conversations.insert(thread.conversation);
                name_conversation(world, keys, thread.conversation);
            }
        }
    }

    /// Names the keys that may lead to a thread, and answers the threads that are known so far.
    fn name_threads(&self, world: &World, keys: &mut Keys) -> Vec<ThreadId> {
        let Some(channel) = world.people().channels.get(&self.channel) else { return Vec::new() };
        let mut found = Vec::new();
        if let Some(mail) = &self.mail {
            // Whether it answers a forwarded mail.
            keys.external_ids.extend(mail.answers.first().map(|id| (self.channel.clone(), id.clone())));
            keys.reply_tokens.extend(mail.reply_tokens.iter().cloned());
            keys.mail_ids.extend(mail.answers.iter().chain(&mail.mail_id).cloned());
            found.extend(mail.reply_tokens.iter().filter_map(|token| world.reply_tokens.peek(token)));
            let sent = mail.answers.iter().filter_map(|id| world.mail_ids.peek(id));
            found.extend(sent.map(|sent| sent.thread));
            let reported = mail.report.iter().flat_map(|report| report.about.iter().cloned());
            for id in tagged_ids(self, channel).into_iter().chain(reported) {
                if let Some(sent) = world.mail_ids.peek(&id) {
                    keys.messages.insert(sent.message);
                    found.push(sent.thread);
                }
                keys.mail_ids.insert(id);
            }
            if let Some(own) = mail.mail_id.as_ref().and_then(|id| world.mail_ids.peek(id)) {
                keys.messages.insert(own.message);
                found.push(own.thread);
            }
        }
        for key in chat_keys(self, channel.kind, sender_of(self, world)) {
            let key = (self.channel.clone(), key);
            found.extend(world.open_threads.peek(&key));
            keys.open_threads.insert(key);
        }
        found
    }
}

fn name_conversation(world: &World, keys: &mut Keys, id: ConversationId) {
    // A customer agent that has it may hand it over because of the message.
    if world.conversations.peek(&id).is_some_and(|found| found.control.party.is_agent()) {
        need_request(world, keys, id);
    }
    if let Some(conversation) = world.conversations.peek(&id) {
        keys.tickets.extend(conversation.ticket);
        keys.contacts.extend(conversation.contact);
        let ticket = conversation.ticket.and_then(|number| world.tickets.peek(&number));
        keys.contacts.extend(ticket.and_then(|ticket| ticket.contact));
    }
}
