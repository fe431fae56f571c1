//! Replies on mail channels that the service delivers itself: queued with the message, read again when their turn comes,
//! and written as letters.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::channel::Channel;
use crate::domain::conversation::{Delivery, Message, Thread};
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, MessageId};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::mail::compose::{Automatic, Outgoing, OutgoingFile};
use crate::mail::{Mailbox, classify, tag};
use crate::service::Service;
use crate::service::files::outgoing;
use crate::storage::lane::{NewJob, Session};
use crate::storage::{StoreError, read};

/// Kind of the job that delivers one reply.
pub const REPLY_MAIL: &str = "reply_mail";

/// Mails of the thread that a reply refers to: the nearest ones, as mail clients keep them.
const REFERENCES: u64 = 30;

/// A reply as it waits. What it says is read when its turn comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingReply {
    /// The message.
    pub message: Uuid,
    /// Since when.
    pub since: Timestamp,
    /// Tries that a mail server turned down.
    pub tries: u32,
}

impl WaitingReply {
    /// Queues the delivery of a message with the batch of `session`, where the service delivers for the channel (C3).
    ///
    /// # Panics
    /// Never: the payload is made of texts and numbers.
    pub fn queue(message: &Message, channel: &Channel, session: &mut Session<'_>) {
        if !channel.delivered_by_service() {
            return;
        }
        let (id, due) = (session.new_id(), session.now());
        let waiting = Self { message: message.id.0, since: due, tries: 0 };
        session.world.jobs.push(NewJob { id, kind: REPLY_MAIL, payload: waiting.to_payload(), due });
    }

    /// The stored form.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// Reads the stored form.
    pub fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}

/// What is to be done about a waiting reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing: it is gone, delivered, or an adapter's.
    Nothing,
    /// Its channel is off.
    Later,
    /// To give it up, for this reason: a file of it is lost.
    Broken(Box<ReplyLetter>, String),
    /// To hand it over.
    Letter(Box<ReplyLetter>),
}

/// A reply with everything it is written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyLetter {
    /// The message.
    pub message: Message,
    /// Its thread.
    pub thread: Thread,
    /// Its channel.
    pub channel: Channel,
    /// The contact's name; may be empty.
    pub to_name: String,
    /// Message-IDs of the thread before it, oldest first, each with whether it came from the other side.
    pub before: Vec<(String, bool)>,
    /// The files that go with it.
    pub files: Vec<OutgoingFile>,
}

/// Reads a waiting reply with its files.
///
/// # Errors
/// The database's, and of the place where files are kept; it is worth trying again.
pub async fn due(service: &Service, account: &AccountId, id: Uuid) -> Result<Due, Rejection> {
    let found = read_reply(service, account, id).await.map_err(|error| error.rejection())?;
    let Due::Letter(mut letter) = found else { return Ok(found) };
    match outgoing(service, account, &letter.message.attachments).await {
        Ok(files) => letter.files = files,
        Err(lost @ Rejection::AttachmentLost { .. }) => return Ok(Due::Broken(letter, lost.to_string())),
        Err(away) => return Err(away),
    }
    Ok(Due::Letter(letter))
}

async fn read_reply(service: &Service, account: &AccountId, id: Uuid) -> Result<Due, StoreError> {
    let store = &service.store;
    let Some(message) = read::conversations::message(store, account, MessageId(id)).await? else {
        return Ok(Due::Nothing);
    };
    let channel = read::channels::get(store, account, &message.channel).await?;
    let ours = |channel: &Channel| channel.delivered_by_service() && message.delivery == Delivery::Queued;
    let Some(channel) = channel.filter(ours) else { return Ok(Due::Nothing) };
    if !channel.enabled {
        return Ok(Due::Later);
    }
    let Some(thread) = read::conversations::thread(store, account, message.thread).await? else {
        return Ok(Due::Nothing);
    };
    let before = read::conversations::mails_before(store, account, &message, REFERENCES).await?;
    let conversation = read::conversations::get(store, account, message.conversation).await?;
    let contact = match conversation.and_then(|conversation| conversation.contact) {
        Some(contact) => read::contacts::get(store, account, contact).await?,
        None => None,
    };
    let to_name = contact.map(|contact| contact.display_name).unwrap_or_default();
    Ok(Due::Letter(Box::new(ReplyLetter { message, thread, channel, to_name, before, files: Vec::new() })))
}

impl ReplyLetter {
    /// The mail as it is written: the same each time it is tried.
    pub fn letter(&self) -> Outgoing {
        let (message, channel) = (&self.message, &self.channel);
        let from = Mailbox { address: channel.email_address.clone(), display_name: named(&channel.display_name) };
        let to = |address: &String| Mailbox { address: address.clone(), display_name: named(&self.to_name) };
        let answered = self.before.iter().rev().find(|(_, theirs)| *theirs).or(self.before.last());
        let in_reply_to = answered.map(|(id, _)| id.clone());
        Outgoing {
            message_id: message.mail_id.clone().unwrap_or_default(),
            date: message.send_time,
            reply_to: self.reply_to().map(|address| Mailbox { address, ..from.clone() }),
            bounces_to: Some(self.bounces_to()),
            from,
            to: message.recipients.iter().map(to).collect(),
            subject: subject(&message.subject, in_reply_to.is_some()),
            text: message.text.clone(),
            html: message.html.clone(),
            references: self.references(in_reply_to.as_deref()),
            in_reply_to,
            automatic: automatic(&message.sender),
            files: self.files.clone(),
        }
    }

    /// The team address with the token of the thread, unless its mailbox knows no such addresses.
    fn reply_to(&self) -> Option<String> {
        if self.channel.plain_reply_to {
            return None;
        }
        tag::tagged(&self.channel.email_address, &self.thread.reply_token)
    }

    /// The team address with the id of the message, so that a report says which one it is about whatever else it says.
    fn bounces_to(&self) -> String {
        let id = self.message.mail_id.as_deref().and_then(|id| id.split_once('@')).map(|(token, _)| tag::bounce(token));
        let tagged = id.filter(|_| !self.channel.plain_reply_to);
        let tagged = tagged.and_then(|tag| tag::tagged(&self.channel.email_address, &tag));
        tagged.unwrap_or_else(|| self.channel.email_address.clone())
    }

    /// Oldest first, the answered one last (RFC 5322 section 3.6.4).
    fn references(&self, answered: Option<&str>) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for (id, _) in &self.before {
            if Some(id.as_str()) != answered && !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids.extend(answered.map(str::to_owned));
        ids
    }
}

/// What no person wrote says so (T-24): a customer agent answers a mail, the service writes because something happened.
fn automatic(sender: &Actor) -> Option<Automatic> {
    match sender {
        Actor::CustomerAgent(_) => Some(Automatic::Replied),
        Actor::System(_) => Some(Automatic::Generated),
        _ => None,
    }
}

fn named(name: &str) -> Option<String> {
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The subject of an answer says so, once.
fn subject(text: &str, answers: bool) -> String {
    if !answers || classify::is_reply_subject(text) { text.to_owned() } else { format!("Re: {text}") }
}
