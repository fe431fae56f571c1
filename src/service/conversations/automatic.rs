//! What the service writes to a contact by itself: by mail, as a message like any other, but nobody replied with it. It
//! marks no reply, takes no ticket and no control, and tells no follower.

use super::control::Speaking;
use super::place::Place;
use super::route::{Way, begin};
use super::send::Send;
use super::start::Start;
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::conversation::{Conversation, Message, Thread};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::mail::classify::is_no_reply_address;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::mail::is_ours;

/// An email to the contact of a ticket.
#[derive(Debug, Clone)]
pub struct AutomaticMail {
    /// The ticket, whose conversations are among the needs.
    pub ticket: Ticket,
    /// Its contact.
    pub contact: Contact,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
}

/// The way of an email.
enum Route {
    /// On a thread that the contact writes on.
    Thread(Box<Conversation>, Box<Thread>, Box<Channel>),
    /// On a new thread of the conversation, or of a new one.
    New(Option<Box<Conversation>>, Box<Channel>),
}

impl AutomaticMail {
    /// Queues it; else says why it does not go out (T-24).
    ///
    /// # Errors
    /// Those of beginning a conversation.
    pub fn send(self, desk: &mut Desk<'_, '_>) -> Result<Result<Message, &'static str>, Rejection> {
        let route = match self.route(desk) {
            Ok(route) => route,
            Err(why) => return Ok(Err(why)),
        };
        let (conversation, thread, channel) = match route {
            Route::Thread(conversation, thread, channel) => (*conversation, *thread, channel),
            Route::New(Some(conversation), channel) => {
                let thread = begin(desk, conversation.id, &self.contact, &channel, &self.subject)?;
                (*conversation, thread, channel)
            }
            Route::New(None, channel) => {
                let start = Start {
                    ticket: self.ticket.number,
                    who: None,
                    channel: channel.id.clone(),
                    subject: self.subject.clone(),
                    etag: None,
                };
                let started = start.decide(desk)?;
                (started.conversation, started.thread.thread, channel)
            }
        };
        let send = Send {
            place: Place::Conversation(conversation.id),
            way: Way::Thread(None),
            draft: None,
            subject: self.subject,
            text: self.text,
            html: self.html,
            inserts: Vec::new(),
            filled_for: None,
            files: NamedFiles::default(),
            speaking: Speaking::default(),
        };
        Ok(Ok(send.queue(desk, conversation, (&thread, &channel), None, Vec::new())))
    }

    /// The mail thread on which the contact last wrote; else a new one on a mail channel, of the pipeline where there is one.
    fn route(&self, desk: &Desk<'_, '_>) -> Result<Route, &'static str> {
        let addresses: Vec<&str> = self.addresses().collect();
        let Some(first) = addresses.first() else { return Err("NO_ADDRESS: the contact has no mail address") };
        let known = mail_threads(desk, &self.ticket).into_iter();
        let own = known.filter(|(_, thread, _)| addresses.contains(&Point::email(&thread.address).value.as_str()));
        let last = own.max_by_key(|(_, thread, _)| (thread.last_contact_time, thread.update_time, thread.id));
        let address = last.as_ref().map_or(*first, |(_, thread, _)| thread.address.as_str());
        if is_ours(desk.world(), address) {
            return Err("OWN_ADDRESS: the address is the account's own");
        }
        if is_no_reply_address(address) {
            return Err("NO_REPLY_ADDRESS: nobody reads what goes to the address");
        }
        match last {
            Some((_, thread, _)) if thread.mute => {
                Err("AUTOMATIC: what came in last a machine wrote, or a list sent, or its sender is in doubt")
            }
            Some((conversation, thread, channel)) => {
                Ok(Route::Thread(Box::new(conversation), Box::new(thread), Box::new(channel)))
            }
            None => {
                let channel = mail_channel(desk, &self.ticket).ok_or("NO_CHANNEL: no mail channel is on")?;
                let place = Place::Ticket(self.ticket.number).find(desk).ok();
                Ok(Route::New(place.map(|(conversation, _)| Box::new(conversation)), Box::new(channel)))
            }
        }
    }

    fn addresses(&self) -> impl Iterator<Item = &str> {
        let mails = self.contact.points.iter().filter(|point| point.kind == PointKind::Email);
        mails.map(|point| point.value.as_str())
    }
}

/// The mail threads of a ticket on channels that are on.
fn mail_threads(desk: &Desk<'_, '_>, ticket: &Ticket) -> Vec<(Conversation, Thread, Channel)> {
    let world = desk.world();
    let mut found = Vec::new();
    for id in &ticket.conversations {
        let Some(conversation) = world.conversations.get(id) else { continue };
        let threads = world.threads_of.get(id).into_iter().flatten().filter_map(|id| world.threads.get(id));
        for thread in threads.filter(|thread| thread.kind == ChannelKind::Email && !thread.archived) {
            let channel = world.people().channels.get(&thread.channel).filter(|channel| channel.enabled);
            found.extend(channel.map(|channel| (conversation.clone(), thread.clone(), channel.clone())));
        }
    }
    found
}

fn mail_channel(desk: &Desk<'_, '_>, ticket: &Ticket) -> Option<Channel> {
    let channels = desk.world().people().channels.values();
    let mail = channels.filter(|channel| channel.kind == ChannelKind::Email && channel.enabled);
    mail.min_by_key(|channel| (channel.pipeline != ticket.pipeline, &channel.id)).cloned()
}
