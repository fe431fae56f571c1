//! Telling people, in the transaction of what they are told about.

use crate::domain::access::{Use, user_rights};
use crate::domain::conversation::{Conversation, Message};
use crate::domain::event::Actor;
use crate::domain::ids::{ConversationId, NotificationId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::notification::{Notification, NotificationKind, Said, Ways};
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, reaches, sees_channel};
use crate::service::mail::SystemMail;
use crate::storage::lane::{EffectKind, World};

/// What somebody is to be told.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// Why.
    pub kind: NotificationKind,
    /// The ticket, as it is now.
    pub ticket: Option<&'a Ticket>,
    /// The conversation, where there is one.
    pub conversation: Option<ConversationId>,
    /// What was said, when it is about that.
    pub about: Option<Said>,
}

/// Whether the person, as the rows stand now, may see the ticket, or the conversation where there is none.
pub fn may_see(world: &World, user: &UserId, ticket: Option<&Ticket>, conversation: Option<&Conversation>) -> bool {
    let Some(row) = world.people().users.get(user) else { return false };
    let Ok(rights) = user_rights(&world.account, row, world.teams_of(user).clone()) else { return false };
    match (ticket, conversation) {
        (Some(ticket), _) => reaches(world, &rights, Use::View, ticket),
        (None, Some(conversation)) => sees_channel(world, &rights, conversation),
        (None, None) => false,
    }
}

/// Tells `user`, as far as the person wants to be told; whether the person may see it is the caller's to ask. Nobody is
/// told of what they did themselves (C-035). Says whether the person was told.
pub fn tell(desk: &mut Desk<'_, '_>, user: &UserId, actor: &Actor, notice: Notice<'_>) -> bool {
    if *actor == Actor::User(user.clone()) {
        return false;
    }
    let Some(row) = desk.world().people().users.get(user) else { return false };
    let (ways, to) = (row.notifications.ways(notice.kind), (row.email.clone(), row.display_name.clone()));
    if ways == (Ways { in_app: false, mail: false }) {
        return false;
    }
    let told = Notification {
        id: NotificationId(desk.session.new_id()),
        user: user.clone(),
        kind: notice.kind,
        ticket: notice.ticket.map(|ticket| ticket.number),
        conversation: notice.conversation.or_else(|| notice.ticket.and_then(|t| t.conversations.first().copied())),
        about: notice.about,
        actor: actor.clone(),
        listed: ways.in_app,
        read_time: None,
        create_time: desk.session.now(),
        changed: 0,
    };
    let summary = told.summary(&actor_name(desk.world(), actor));
    if ways.mail {
        mail(desk, &told, notice.ticket, to, &summary).queue(desk.session);
    }
    let name = Name::Notification(user.clone(), told.id).to_string();
    let cause = told.link().map(|link| link.to_string()).unwrap_or_default();
    desk.session.world.notifications.put((user.clone(), told.id), told);
    desk.session.effect(EffectKind::Notified, name, &cause, format!("{user} was told: {summary}"));
    true
}

/// Tells the new owner of a ticket that it is theirs, unless they took it themselves.
pub fn tell_owner(desk: &mut Desk<'_, '_>, before: Option<&UserId>, ticket: &Ticket, actor: &Actor) {
    let Some(owner) = ticket.owner.clone().filter(|owner| Some(owner) != before) else { return };
    let notice = Notice { kind: NotificationKind::Assigned, ticket: Some(ticket), conversation: None, about: None };
    tell(desk, &owner, actor, notice);
}

/// Tells those who follow a ticket, and may see it, of a message on it; not the sender.
pub fn tell_followers(desk: &mut Desk<'_, '_>, message: &Message, number: TicketNumber) {
    let ticket = desk.saved_ticket(number);
    let notice = Notice {
        kind: NotificationKind::Replied,
        ticket: Some(&ticket),
        conversation: Some(message.conversation),
        about: Some(Said::Message(message.id)),
    };
    for user in ticket.life.followers.keys() {
        if may_see(desk.world(), user, Some(&ticket), None) {
            tell(desk, user, &message.sender, notice);
        }
    }
}

/// A mail that names the ticket and says nothing of what was written: it leaves the house.
fn mail(
    desk: &Desk<'_, '_>,
    told: &Notification,
    ticket: Option<&Ticket>,
    to: (String, String),
    summary: &str,
) -> SystemMail {
    let subject = match ticket {
        Some(ticket) => format!("[{}] {}", ticket.number, ticket.subject),
        None => "A conversation without a ticket".to_owned(),
    };
    let link = told.link().map(|link| desk.name(&link)).unwrap_or_default();
    let about = told.ticket.map(Name::Ticket).or_else(|| told.link());
    SystemMail {
        to: to.0,
        to_name: to.1,
        subject,
        text: format!("{summary}\n\n{link}\n"),
        html: String::new(),
        about: about.map(|name| name.to_string()).unwrap_or_default(),
    }
}

/// What people call an actor.
fn actor_name(world: &World, actor: &Actor) -> String {
    let people = world.people();
    let name = match actor {
        Actor::User(id) => people.users.get(id).map(|user| &user.display_name),
        Actor::AccessKey(id) => people.keys.get(id).map(|key| &key.display_name),
        Actor::CustomerAgent(id) => people.agents.get(id).map(|agent| &agent.display_name),
        _ => None,
    };
    name.map_or_else(|| actor.title().to_owned(), Clone::clone)
}
