//! Tickets that wait in order, and who serves them (C-037, R3).
//!
//! A ticket enters when routing finds nobody on a channel that queues; its row says since when. Whatever frees somebody,
//! a ticket closed, a person who comes back, a seat, a skill, a limit, serves up to [`SERVED_AT_ONCE`] of those who wait
//! within its own transaction. The rest, and what only time can change, is the work of one job per account.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::routing::{could_take, let_go, serve_one, take_back, wanted};
use super::{Encoder, Service, WriteCall};
use crate::domain::channel::{Channel, Target, WhenFull};
use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::ids::{AccountId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Plan;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::storage::lane::{Keys, Pulse, World};

/// Kind of the job that serves those who wait.
pub const SERVE_QUEUE: &str = "serve_queue";
/// Tickets that one transaction serves, however many operations it is made of: what others write meanwhile waits for so many.
const SERVED_AT_ONCE: usize = 4;
/// While others write, they have the database to themselves for so many times as long as a step took.
const REST: u32 = 3;
/// So long others are left to themselves after a step at most.
const MOST_REST: Duration = Duration::from_millis(100);
/// How often those who wait are looked at for what only time changes: ramps, hours, skills that are dropped. With the time
/// that a job takes to begin it stays below a second.
const TICK: Duration = Duration::from_millis(800);
/// How long one run of the job goes on: what it costs beside is shared by its steps, and it ends before what was woken
/// meanwhile ([`entered`]) begins.
const RUN: Duration = TICK;

/// What serving came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Tickets that were given out, or are left to people because their channel lets none wait any more.
    pub count: usize,
    /// Whether more may be given out at once.
    pub more: bool,
    /// Tickets that still wait.
    pub waiting: i64,
    /// When the next ticket goes back unless somebody touches it.
    pub next_return: Option<Timestamp>,
}

/// A ticket has begun to wait.
pub fn entered(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    let router = Actor::System(SystemActor::Router);
    desk.automatic_event(EventType::QueueEntered, number, Vec::new(), router);
    let (id, due) = (desk.session.new_id(), desk.session.now().plus(TICK));
    desk.session.world.wake(SERVE_QUEUE, id, due);
}

/// Has somebody look again at `due` at the latest.
pub fn watch(desk: &mut Desk<'_, '_>, due: Timestamp) {
    let id = desk.session.new_id();
    desk.session.world.wake(SERVE_QUEUE, id, due);
}

/// Tells of the tickets that waited before the operation and do not after it.
pub fn tell_left(desk: &mut Desk<'_, '_>) {
    for number in std::mem::take(&mut desk.session.left_queue) {
        if desk.world().tickets.get(&number).is_some_and(|ticket| !ticket.waits()) {
            left(desk, number);
        }
    }
}

/// A ticket waits no longer.
fn left(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    desk.automatic_event(EventType::QueueLeft, number, Vec::new(), Actor::System(SystemActor::Router));
}

/// A ticket that may wait goes away for good.
pub fn forgotten(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    if ticket.waits() {
        desk.session.world.head.waiting -= 1;
        left(desk, ticket.number);
    }
}

/// Whether others wait already on the channel who could get the very person that the ticket would go to, if it were not for
/// a ramp: their turn is first, whatever rule they are under.
pub fn is_behind(desk: &mut Desk<'_, '_>, ticket: &Ticket, plan: &Plan, user: &UserId) -> bool {
    let may_be = plan.when_full == WhenFull::Queue && desk.world().head.waiting > 0;
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    let Some(channel) = channel.filter(|_| may_be && sees_waiting(desk)) else { return false };
    let mut waiting = desk.world().waiting();
    waiting.retain(|other| other.number != ticket.number && other.channel.as_ref() == Some(&channel.id));
    let mut seen = HashSet::new();
    waiting.iter().any(|other| {
        if let_go(desk, other, &channel).as_ref() == Some(user) {
            return false;
        }
        let fits = wanted(desk, other, &channel).filter(|demand| seen.insert(demand.clone()));
        fits.is_some_and(|demand| desk.session.world.pool(&demand).has(user))
    })
}

/// Whether those who wait are at hand. Most operations do not need them, so they are not read for all: where they are missing
/// the operation decides again, with them.
fn sees_waiting(desk: &mut Desk<'_, '_>) -> bool {
    let sees = desk.world().knows_waiting();
    if !sees {
        desk.session.world.miss_waiting();
    }
    sees
}

/// Serves those who wait when somebody was freed since `before`. Whoever only gets more to do frees nobody, and whoever
/// begins to wait could be taken by nobody, or waits behind others: that is no reason, so a long queue that is being served
/// costs an operation nothing.
pub fn serve_freed(desk: &mut Desk<'_, '_>, before: &Pulse) {
    let world = desk.world();
    if world.head.waiting > 0 && world.freed_since(before) && sees_waiting(desk) {
        let served = serve(desk);
        if served.more {
            let (id, now) = (desk.session.new_id(), desk.session.now());
            desk.session.world.wake(SERVE_QUEUE, id, now);
        }
    }
}

/// Gives out tickets in order, each to whom may take it, as many as there is room for in the transaction.
fn serve(desk: &mut Desk<'_, '_>) -> Served {
    let mut served = Served { count: 0, more: false, waiting: 0, next_return: None };
    let mut nobody = HashSet::new();
    for ticket in desk.world().waiting() {
        if desk.world().served() >= SERVED_AT_ONCE {
            served.more = true;
            break;
        }
        let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
        let Some(channel) = channel else { continue };
        if !knows_owner(desk, &ticket, &channel) {
            served.more = true;
            continue;
        }
        let except = let_go(desk, &ticket, &channel);
        let asks = wanted(desk, &ticket, &channel).map(|demand| (demand, channel.routing.ramp, except));
        if asks.as_ref().is_some_and(|asks| nobody.contains(asks)) {
            continue;
        }
        if serve_one(desk, &ticket, &channel) {
            served.count += 1;
            desk.session.world.note_served();
        } else {
            nobody.extend(asks);
        }
    }
    served.more |= desk.world().waits_unread();
    served.waiting = desk.world().head.waiting;
    served
}

/// Whether the contact is at hand whose owner is to get the ticket. An operation that has just made the channel do so does not
/// have it: the job does.
fn knows_owner(desk: &Desk<'_, '_>, ticket: &Ticket, channel: &Channel) -> bool {
    channel.routing.target != Target::ContactOwner
        || ticket.contact.is_none_or(|contact| desk.world().contacts.knows(&contact))
}

/// Whether somebody may take a ticket that waits now, ramps considered.
pub fn could_be_served(desk: &mut Desk<'_, '_>, ticket: &Ticket) -> bool {
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    channel.is_some_and(|channel| could_take(desk, ticket, &channel))
}

/// Serves those who wait.
#[derive(Debug, Clone, Copy)]
struct Serve {
    /// Whether those who go back are looked at, too: once in a run of the job, unless more of them are due.
    returns: bool,
}

impl UseCase for Serve {
    type Outcome = Served;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.waiting = true;
        keys.left_over = true;
        keys.returns = self.returns;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Served, Rejection> {
        let now = desk.session.now();
        let due = desk.world().returns().into_iter().take_while(|(due, _)| *due <= now).take(SERVED_AT_ONCE);
        for (_, ticket) in due.collect::<Vec<_>>() {
            take_back(desk, &ticket);
        }
        let served = serve(desk);
        Ok(Served { next_return: desk.world().returns().first().map(|(due, _)| *due), ..served })
    }
}

/// One transaction's worth.
async fn serve_some(service: &Service, account: &AccountId, case: Serve) -> Result<Served, Rejection> {
    let grant = Grant::system(account.clone(), SERVE_QUEUE);
    let encoder = Encoder { respond: Box::new(|served: Served, _| served), store: Box::new(|_| Vec::new()) };
    match service.write(&grant, WriteCall::default(), case, encoder).await? {
        super::Answer::Fresh(served) => Ok(served),
        // A job sends no request id, so nothing is kept to be replayed.
        super::Answer::Replayed(_) => Err(Rejection::Internal("a job was answered from before".to_owned())),
    }
}

/// Serves those who wait, and says when to look again; none when nobody waits any more. A long queue gets a quarter of the
/// time while others write ([`REST`]), and half of it while only others read.
///
/// # Errors
/// The storage's.
pub async fn serve_account(
    service: &Service,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Duration>, Rejection> {
    let start = Instant::now();
    let (mut came, mut began) = (service.lanes.came(), start);
    let mut served = serve_some(service, account, Serve { returns: true }).await?;
    let mut next_return = served.next_return;
    let due = |next: Option<Timestamp>| next.is_some_and(|next| next <= now);
    while (served.more || due(next_return)) && start.elapsed() < RUN {
        let seen = service.lanes.came();
        // Its own step is one of them.
        tokio::time::sleep(rest(began.elapsed(), seen > came + 1)).await;
        (came, began) = (seen, Instant::now());
        let returns = due(next_return);
        served = serve_some(service, account, Serve { returns }).await?;
        next_return = if returns { served.next_return } else { next_return };
    }
    tracing::debug!(account = %Name::Account.within(account), ?served, "a queue was served");
    let tick = (served.waiting > 0).then_some(if served.more { Duration::ZERO } else { TICK });
    Ok(tick.into_iter().chain(next_return.map(|due| due.since(now))).min())
}

/// How long a step that took `step` is followed by nothing.
fn rest(step: Duration, others: bool) -> Duration {
    (step * if others { REST } else { 1 }).min(MOST_REST)
}
