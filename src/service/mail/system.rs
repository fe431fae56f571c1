//! Mail that the service writes in its own name to people of the account: notifications and the like. Never to contacts;
//! what they get is a message of a conversation.

use serde::{Deserialize, Serialize};

use crate::domain::event::EventType;
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::life::MOST_MAILED;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::mail::compose::{Automatic, Outgoing};
use crate::mail::{Mailbox, tag};
use crate::service::desk::Desk;
use crate::storage::jobs::Job;
use crate::storage::lane::{NewJob, Session, World};

/// Kind of the job that sends one.
pub const SYSTEM_MAIL: &str = "system_mail";

/// The local part that the service writes from.
const OWN_NAME: &str = "helpdesk";

/// A mail of the service to a person of the account. Sent at least once, after the transaction that queues it; an
/// address that refuses it for good ends it silently but for the log.
///
/// ```ignore
/// let mail = SystemMail { to: user.email.clone(), subject: "You were mentioned".to_owned(), ..SystemMail::default() };
/// mail.queue(desk.session);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemMail {
    /// Address of the person.
    pub to: String,
    /// The person's name; may be empty.
    pub to_name: String,
    /// Subject, at most 255 characters; more is cut.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, cleaned; may be empty.
    pub html: String,
    /// What it is about, relative to the account (`tickets/7`): mails about the same thing show as one thread. May be
    /// empty.
    pub about: String,
}

/// A mail as it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingSystemMail {
    /// The mail.
    pub mail: SystemMail,
    /// Whose account it is from, for people.
    pub account_name: String,
    /// Since when.
    pub since: Timestamp,
    /// Tries so far.
    pub tries: u32,
}

impl SystemMail {
    /// Queues the mail with the batch of `session`: it is sent if the batch is stored, and only then. To a channel of ours
    /// nothing goes: it would come in again and bring about the next (T-24). Nor is there mail about what a machine wrote, or
    /// one of the account's own addresses, or about a ticket on which there was enough of it for now. Says why not, if so.
    ///
    /// # Panics
    /// Never: the payload is made of texts and numbers.
    pub fn queue(self, session: &mut Session<'_>) -> Option<&'static str> {
        if is_own(session.world, &self.to) {
            return Some("OWN_ADDRESS: the address is that of a channel");
        }
        if session.mail.automatic || follows_from_us(session) {
            return Some("AUTOMATIC: a machine wrote what this follows from");
        }
        session.mail.asked = true;
        if session.mail.full {
            return Some("TOO_MANY: what came in on the ticket brought about five mails within an hour");
        }
        let (id, due) = (session.new_id(), session.now());
        let account_name = session.world.account.display_name.clone();
        let waiting = WaitingSystemMail { mail: self, account_name, since: due, tries: 0 };
        session.world.jobs.push(NewJob { id, kind: SYSTEM_MAIL, payload: waiting.to_payload(), due });
        None
    }
}

impl WaitingSystemMail {
    /// The stored form.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// Reads the stored form.
    pub fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    /// The mail as it is written: the same each time it is tried.
    pub fn letter(&self, job: &Job, from_domain: &str) -> Outgoing {
        let mail = &self.mail;
        let thread = (!mail.about.is_empty()).then(|| thread_id(&job.account, &mail.about, from_domain));
        let name = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Outgoing {
            message_id: format!("{}@{from_domain}", job.id.simple()),
            date: self.since,
            from: Mailbox { address: own_address(from_domain), display_name: name(&self.account_name) },
            to: vec![Mailbox { address: mail.to.clone(), display_name: name(&mail.to_name) }],
            reply_to: None,
            bounces_to: Some(own_address(from_domain)),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            in_reply_to: thread.clone(),
            references: thread.into_iter().collect(),
            automatic: Some(Automatic::Generated),
            files: Vec::new(),
        }
    }
}

/// Counts that mail followed, or would have; the first time it did not is told (T-24).
pub fn count_mail(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    if !desk.session.mail.asked {
        return;
    }
    let mut ticket = desk.saved_ticket(number);
    let held = ticket.life.mailed.count(desk.session.now()) == MOST_MAILED + 1;
    desk.session.world.tickets.put(number, ticket);
    if held {
        desk.ticket_event(EventType::MailHeld, number, Vec::new());
    }
}

/// Whether one of the account's own addresses wrote what brings the mail about; found out once.
pub fn follows_from_us(session: &mut Session<'_>) -> bool {
    let found = session.mail.ours.unwrap_or_else(|| is_ours(session.world, &session.mail.writer));
    session.mail.ours = Some(found);
    found
}

/// Whether this is an address of the account's own: of a channel, or of one of its people.
pub fn is_ours(world: &World, address: &str) -> bool {
    let key = User::email_key(address);
    !key.is_empty()
        && (is_own(world, address) || world.people().users.values().any(|user| User::email_key(&user.email) == key))
}

fn is_own(world: &World, address: &str) -> bool {
    let key = User::email_key(&tag::untagged(address));
    world.people().channels.values().any(|channel| User::email_key(&channel.email_address) == key)
}

fn own_address(from_domain: &str) -> String {
    format!("{OWN_NAME}@{from_domain}")
}

/// A Message-ID that no mail has and that mails about the same thing refer to.
fn thread_id(account: &AccountId, about: &str, from_domain: &str) -> String {
    let about: String = about.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    format!("{account}.{about}@{from_domain}")
}
