//! What happens to the tickets of an owner who no longer reaches them (A4): the first 500 with the change itself, the
//! rest by a job, 500 at a time (W7). A closed ticket keeps its owner until it is opened again.

use crate::domain::access::{NotAdmitted, Rights, Use, user_rights};
use crate::domain::channel::WhenFull;
use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::ids::{AccountId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::RoutingCause;
use crate::domain::ticket::Ticket;
use crate::domain::user::User;
use crate::service::decisions::FoundDecision;
use crate::service::desk::{Desk, UseCase, reaches};
use crate::service::grant::Grant;
use crate::service::routing::route_found;
use crate::service::tickets::assignment_changes;
use crate::service::{Answer, Encoder, Service, WriteCall};
use crate::storage::lane::{EffectKind, Keys, NewJob, OWNED_AT_ONCE, World};

/// The job that goes on with the tickets of one owner. Its payload is the owner and the last number looked at.
pub const RELEASE_TICKETS: &str = "release_tickets";

/// Where every owner's tickets begin.
pub const FIRST: TicketNumber = TicketNumber(0);

/// Effects that name a ticket each; the rest is a number in a warning.
const NAMED: usize = 100;

/// Takes the owner off the open tickets that this person, as the row stands now, no longer sees; the teams stay. The use
/// case needs `open_tickets_of` the person from [`FIRST`] on. Beyond 500 a job goes on, and the person's row says how many
/// are still to be looked at. Returns how many tickets are released, those to come among them.
pub fn release_tickets(desk: &mut Desk<'_, '_>, user: &UserId) -> usize {
    let owned = usize::try_from(desk.world().load(user).open).unwrap_or(0);
    let (lost, end) = release_after(desk, user, FIRST, NAMED);
    let Some(end) = end else { return lost };
    let left = owned.saturating_sub(OWNED_AT_ONCE).max(1);
    let text =
        format!("{left} more open tickets are looked at after the answer; releasing_ticket_count counts them down");
    desk.session.warn("", text, Name::User(user.clone()).to_string());
    set_left(desk, user, left);
    let (id, due) = (desk.session.new_id(), desk.session.now());
    let payload = payload(user, end);
    desk.session.world.jobs.push(NewJob { id, kind: RELEASE_TICKETS, payload, due });
    lost + if lost == OWNED_AT_ONCE { left } else { 0 }
}

/// Takes an owner off a ticket that was opened again who lost it while it was closed, as if it had been open then. Returns
/// the decision, where that routes it.
pub fn release_reopened(desk: &mut Desk<'_, '_>, number: TicketNumber) -> Option<FoundDecision> {
    let ticket = desk.saved_ticket(number);
    let owner = ticket.owner.clone().filter(|_| ticket.open)?;
    let rights = rights_of(desk.world(), &owner)?;
    if keeps(desk.world(), &rights, &ticket) {
        return None;
    }
    release(desk, &ticket, &owner, (&Actor::System(SystemActor::Router), true))
}

/// Releases the next tickets after a number, as the row stands then. Returns the last number, if there are more.
///
/// # Errors
/// The storage's; [`Rejection::Internal`] for a payload that is none.
pub async fn release_next(service: &Service, account: &AccountId, payload: &str) -> Result<Option<String>, Rejection> {
    let next = next_of(payload).ok_or_else(|| Rejection::Internal("no owner and number".to_owned()))?;
    let grant = Grant::system(account.clone(), RELEASE_TICKETS);
    let encoder = Encoder { respond: Box::new(|end, _| end), store: Box::new(|_| Vec::new()) };
    let user = next.user.clone();
    match service.write(&grant, WriteCall::default(), next, encoder).await? {
        Answer::Fresh(end) => Ok(end.map(|end| self::payload(&user, end))),
        // A job sends no request id, so nothing is kept to be replayed.
        Answer::Replayed(_) => Ok(None),
    }
}

fn payload(user: &UserId, end: TicketNumber) -> String {
    format!("{user} {end}")
}

fn next_of(payload: &str) -> Option<ReleaseNext> {
    let (user, after) = payload.split_once(' ')?;
    Some(ReleaseNext { user: UserId::parse(user).ok()?, after: TicketNumber::parse(after).ok()? })
}

/// The next tickets of an owner.
#[derive(Debug, Clone)]
struct ReleaseNext {
    user: UserId,
    after: TicketNumber,
}

impl UseCase for ReleaseNext {
    /// The last number looked at, if there are more.
    type Outcome = Option<TicketNumber>;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.open_tickets_of.insert((self.user.clone(), self.after));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Option<TicketNumber>, Rejection> {
        let (_, end) = release_after(desk, &self.user, self.after, 0);
        let left = desk.world().people().users.get(&self.user).map_or(0, |row| row.releasing);
        let left = usize::try_from(left).unwrap_or(0).saturating_sub(OWNED_AT_ONCE);
        set_left(desk, &self.user, if end.is_some() { left.max(1) } else { 0 });
        Ok(end)
    }
}

/// Says how many tickets are still to be looked at. Nothing that the person's etag stands for.
fn set_left(desk: &mut Desk<'_, '_>, user: &UserId, left: usize) {
    let Some(row) = desk.world().people().users.get(user).cloned() else { return };
    let releasing = i64::try_from(left).unwrap_or(i64::MAX);
    if row.releasing != releasing {
        desk.session.world.people_mut().users.put(user.clone(), User { releasing, ..row });
    }
}

/// Releases at most 500 tickets after a number. Returns how many, and the last number looked at if there are more.
fn release_after(
    desk: &mut Desk<'_, '_>,
    user: &UserId,
    after: TicketNumber,
    named: usize,
) -> (usize, Option<TicketNumber>) {
    let chunk = desk.world().open_tickets_of.peek(&(user.clone(), after));
    let end = chunk.filter(|owned| owned.len() > OWNED_AT_ONCE).and_then(|owned| owned.iter().nth(OWNED_AT_ONCE - 1));
    let end = end.copied();
    let lost = lost_tickets(desk, user, after, end);
    let (count, actor) = (lost.len(), desk.session.actor.clone());
    for (index, ticket) in lost.into_iter().enumerate() {
        release(desk, &ticket, user, (&actor, index < named));
    }
    if count > named && named > 0 {
        let text = format!("{count} tickets lost their owner; the effects name at most {named} of them");
        desk.session.warn("", text, Name::User(user.clone()).to_string());
    }
    (count, end)
}

fn lost_tickets(desk: &Desk<'_, '_>, user: &UserId, after: TicketNumber, end: Option<TicketNumber>) -> Vec<Ticket> {
    let world = desk.world();
    let Some(rights) = rights_of(world, user) else { return Vec::new() };
    let here = |ticket: &&Ticket| ticket.number > after && end.is_none_or(|end| ticket.number <= end);
    let owned = world.tickets.values().filter(|ticket| ticket.open && ticket.owner.as_ref() == Some(user));
    let mut lost: Vec<Ticket> = owned.filter(here).filter(|ticket| !keeps(world, &rights, ticket)).cloned().collect();
    lost.sort_by_key(|ticket| ticket.number);
    lost
}

/// What a person may do, as the row stands now.
fn rights_of(world: &World, user: &UserId) -> Option<Result<Rights, NotAdmitted>> {
    let row = world.people().users.get(user)?;
    Some(user_rights(&world.account, row, world.teams_of(user).clone()))
}

/// Whether an owner with these rights keeps a ticket.
fn keeps(world: &World, rights: &Result<Rights, NotAdmitted>, ticket: &Ticket) -> bool {
    match rights {
        Ok(rights) => reaches(world, rights, Use::View, ticket),
        // A suspended account keeps its state until it is used again.
        Err(why) => *why != NotAdmitted::UserDeactivated,
    }
}

/// On a channel that queues, a ticket that lost its owner is routed again (A4).
fn route_again(desk: &mut Desk<'_, '_>, ticket: &Ticket) -> Option<FoundDecision> {
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    let channel = channel.filter(|channel| channel.routing.when_full == WhenFull::Queue)?;
    Some(route_found(desk, ticket.number, &channel, RoutingCause::OwnerLost))
}

/// Takes the owner off a ticket. The event says by whom; an effect names the ticket if it is to be `named`.
fn release(
    desk: &mut Desk<'_, '_>,
    before: &Ticket,
    user: &UserId,
    (actor, named): (&Actor, bool),
) -> Option<FoundDecision> {
    let number = before.number;
    let after = Ticket { owner: None, ..before.clone() };
    let fields = assignment_changes(desk, before, &after);
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    desk.automatic_event(EventType::TicketUnassigned, number, fields, actor.clone());
    let decision = route_again(desk, before);
    if named {
        let summary = "the owner lost access to the ticket; its teams stay".to_owned();
        let cause = Name::User(user.clone()).to_string();
        desk.session.effect(EffectKind::Unassigned, Name::Ticket(number).to_string(), &cause, summary);
    }
    decision
}
