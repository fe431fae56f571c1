//! What workflows write: to the contact of a ticket, and to people of the account.

use std::collections::BTreeSet;

use super::act::Fate;
use crate::domain::contact::MOST_AUTOMATED;
use crate::domain::ids::{TextBlockId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{TextBlock, TextBlockKind};
use crate::domain::ticket::Ticket;
use crate::domain::user::UserState;
use crate::domain::workflow::{Definition, Notice};
use crate::service::content::{Rendered, facts_about, render};
use crate::service::conversations::AutomaticMail;
use crate::service::desk::Desk;
use crate::service::mail::{SystemMail, follows_from_us};
use crate::storage::lane::Keys;

/// Names the emails that steps send.
pub(super) fn need_emails(keys: &mut Keys, definition: &Definition) {
    keys.content.text_blocks.extend(definition.emails().into_iter().cloned());
}

/// Sends an automated email to the contact of the ticket (R-181, C-079), as far as nothing speaks against it (T-24).
pub(super) fn send_email(desk: &mut Desk<'_, '_>, number: TicketNumber, id: &TextBlockId) -> Result<Fate, Rejection> {
    let skipped = |why: &str| Ok(Fate::Skipped(why.to_owned()));
    let ticket = desk.ticket(number)?;
    let found = desk.world().content.text_blocks.peek(id).filter(|block| block.kind == TextBlockKind::Email);
    let Some(email) = found.filter(|block| !block.archived).cloned() else {
        return skipped("NO_TEXT: the email is gone or out of use");
    };
    if !desk.includes(email.feature()) {
        return skipped("SUSPENDED: the account has not bought what the email needs");
    }
    if desk.session.mail.automatic || follows_from_us(desk.session) {
        return skipped("AUTOMATIC: a machine wrote what this follows from");
    }
    if ticket.life.spam_time.is_some() {
        return skipped("SPAM: the ticket is spam");
    }
    let contact = ticket.contact.and_then(|id| desk.world().contacts.peek(&id)).cloned();
    let Some(mut contact) = contact else { return skipped("NO_CONTACT: the ticket has no contact") };
    if !email.transactional && !contact.marketing {
        return skipped("NOT_MARKETING: the contact is no marketing contact");
    }
    let now = desk.session.now();
    if contact.mailed.so_far(now) >= MOST_AUTOMATED {
        return skipped("TOO_MANY: the contact got five automated emails within a day");
    }
    let facts = facts_about(&desk.world().account, &ticket, Some(&contact));
    let Ok(filled) = render(&email, &facts) else { return skipped("NO_TEXT: the email cannot be filled") };
    let Rendered { subject, text, html, missing } = filled;
    contact.mailed.count(now);
    let mail = AutomaticMail { ticket, contact: contact.clone(), subject, text, html };
    match mail.send(desk)? {
        Err(why) => skipped(why),
        Ok(message) => {
            desk.session.world.contacts.put(contact.id, contact);
            let missing: Vec<String> = missing.into_iter().collect();
            let lacks = if missing.is_empty() { String::new() } else { format!(", without {}", missing.join(", ")) };
            Ok(Fate::Done(format!("{}{lacks}", Name::Message(message.conversation, message.id))))
        }
    }
}

/// A mail to people of the account. What it says by itself names the ticket and nothing of what was written.
pub(super) fn notify(desk: &mut Desk<'_, '_>, number: TicketNumber, notice: &Notice) -> Result<Fate, Rejection> {
    let ticket = desk.ticket(number)?;
    let told = people_told(desk, &ticket, notice);
    let people = desk.world().people();
    let active = |user: &&crate::domain::user::User| user.state == UserState::Active;
    let known: Vec<_> = told.iter().filter_map(|id| people.users.get(id)).filter(active).cloned().collect();
    if known.is_empty() {
        return Ok(Fate::Skipped("nobody is to be told".to_owned()));
    }
    let (subject, text) = words(desk, &ticket, notice);
    let mut unsent = Vec::new();
    for user in &known {
        let mail = SystemMail {
            to: user.email.clone(),
            to_name: user.display_name.clone(),
            subject: subject.clone(),
            text: text.clone(),
            html: String::new(),
            about: Name::Ticket(number).to_string(),
        };
        unsent.extend(mail.queue(desk.session));
    }
    match unsent.first() {
        Some(why) if unsent.len() == known.len() => Ok(Fate::Skipped((*why).to_owned())),
        _ => Ok(Fate::Done(format!("{} told", known.len() - unsent.len()))),
    }
}

fn people_told(desk: &Desk<'_, '_>, ticket: &Ticket, notice: &Notice) -> BTreeSet<UserId> {
    let members = desk.world().people().members.values();
    let of_teams = members.filter(|member| member.main && notice.teams.contains(&member.team));
    let owner = ticket.owner.iter().filter(|_| notice.owner);
    notice.users.iter().chain(owner).chain(of_teams.map(|member| &member.user)).cloned().collect()
}

/// Subject and text: the given words filled, else the usual ones.
fn words(desk: &Desk<'_, '_>, ticket: &Ticket, notice: &Notice) -> (String, String) {
    let world = desk.world();
    let number = ticket.number;
    let status = world.people().statuses.get(&(ticket.pipeline.clone(), ticket.status.clone()));
    let status = status.map(|status| status.display_name.clone()).unwrap_or_default();
    let link = desk.name(&Name::Ticket(number));
    let subject = format!("[{number}] {}", ticket.subject);
    let text = format!("Ticket {number} is in the status {status}.\n\n{link}\n");
    if notice.subject.is_empty() && notice.text.is_empty() {
        return (subject, text);
    }
    let contact = ticket.contact.and_then(|id| world.contacts.peek(&id));
    let template =
        TextBlock { subject: notice.subject.clone(), text: notice.text.clone(), ..TextBlock::blank(world.now) };
    let filled = render(&template, &facts_about(&world.account, ticket, contact)).unwrap_or_default();
    let or = |given: String, usual: String| if given.trim().is_empty() { usual } else { given };
    let given = if filled.text.trim().is_empty() { String::new() } else { format!("{}\n\n{link}\n", filled.text) };
    (or(filled.subject, subject), or(given, text))
}
