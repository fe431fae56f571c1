//! What happens to the tickets of an owner who no longer reaches them (A4).

use crate::domain::access::{NotAdmitted, Use, user_rights};
use crate::domain::channel::WhenFull;
use crate::domain::event::EventType;
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::routing::RoutingCause;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, reaches};
use crate::service::routing::route;
use crate::service::tickets::assignment_changes;
use crate::storage::lane::EffectKind;

/// Effects that name a ticket each; the rest is a number in a warning.
const NAMED: usize = 100;

/// Takes the owner off every open ticket that this person, as the row stands now, no longer sees; the teams stay. The use
/// case needs `open_tickets_of` the person. Returns how many tickets were released.
pub fn release_tickets(desk: &mut Desk<'_, '_>, user: &UserId) -> usize {
    let lost = lost_tickets(desk, user);
    let count = lost.len();
    for (index, ticket) in lost.into_iter().enumerate() {
        release(desk, &ticket, user, index < NAMED);
    }
    if count > NAMED {
        let text = format!("{count} tickets lost their owner; the first {NAMED} are named in the effects");
        desk.session.warn("", text, Name::User(user.clone()).to_string());
    }
    count
}

fn lost_tickets(desk: &Desk<'_, '_>, user: &UserId) -> Vec<Ticket> {
    let world = desk.world();
    let Some(row) = world.people().users.get(user) else { return Vec::new() };
    let rights = user_rights(&world.account, row, world.teams_of(user).clone());
    let keeps = |ticket: &Ticket| match &rights {
        Ok(rights) => reaches(world, rights, Use::View, ticket),
        // A suspended account keeps its state until it is used again.
        Err(why) => *why != NotAdmitted::UserDeactivated,
    };
    let owned = world.tickets.values().filter(|ticket| ticket.open && ticket.owner.as_ref() == Some(user));
    let mut lost: Vec<Ticket> = owned.filter(|ticket| !keeps(ticket)).cloned().collect();
    lost.sort_by_key(|ticket| ticket.number);
    lost
}

/// On a channel that queues, a ticket that lost its owner is routed again (A4).
fn route_again(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    if let Some(channel) = channel.filter(|channel| channel.routing.when_full == WhenFull::Queue) {
        route(desk, ticket.number, &channel, RoutingCause::OwnerLost);
    }
}

fn release(desk: &mut Desk<'_, '_>, before: &Ticket, user: &UserId, named: bool) {
    let number = before.number;
    let after = Ticket { owner: None, ..before.clone() };
    let fields = assignment_changes(desk, before, &after);
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    let actor = desk.session.actor.clone();
    desk.automatic_event(EventType::TicketUnassigned, number, fields, actor);
    route_again(desk, before);
    if named {
        let summary = "the owner lost access to the ticket; its teams stay".to_owned();
        let cause = Name::User(user.clone()).to_string();
        desk.session.effect(EffectKind::Unassigned, Name::Ticket(number).to_string(), &cause, summary);
    }
}
