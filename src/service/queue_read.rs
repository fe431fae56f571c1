//! Reading who waits, who has how much, and what nothing serves.

use std::time::Duration;

use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::page::ListQuery;
use super::queue::could_be_served;
use super::{Encoder, Service, WriteCall, tickets};
use crate::domain::ids::{AccountId, ChannelId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Ineligibility, Line, Load};
use crate::domain::ticket::Ticket;
use crate::domain::user::User;
use crate::storage::lane::{Keys, World};
use crate::storage::read::{channels, decisions, queue};

/// How far back it is looked for how fast a queue flows.
const RECENT: Duration = Duration::from_hours(1);
/// Stuck tickets in one answer.
const MOST_STUCK: u64 = 100;

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The ticket.
    pub ticket: Ticket,
    /// Its place on its channel, from 1.
    pub place: u64,
    /// How long it may take, at least and at most; none when too few were given out to tell.
    pub expected: Option<(Duration, Duration)>,
    /// What it waits for.
    pub waits_for: Vec<Ineligibility>,
}

/// One page of those who wait, in order.
///
/// # Errors
/// The storage's.
pub async fn entries(
    service: &Service,
    grant: &Grant,
    line: &Line,
    query: &ListQuery,
) -> Result<Page<Ticket>, Rejection> {
    let page = queue::entries(&service.store, grant.account()?, grant.rights(), line, &query.page).await;
    page.map_err(|error| error.rejection())
}

/// The place of the first entry of a page on its channel.
///
/// # Errors
/// The storage's.
pub async fn place(service: &Service, grant: &Grant, ticket: &Ticket) -> Result<u64, Rejection> {
    let before = queue::before(&service.store, grant.account()?, ticket).await.map_err(|error| error.rejection())?;
    Ok(before + 1)
}

/// Where a ticket stands among those that wait on its channel.
///
/// # Errors
/// [`Rejection::NotFound`]; [`Rejection::Transition`] for one that does not wait.
pub async fn position(service: &Service, grant: &Grant, number: TicketNumber) -> Result<Position, Rejection> {
    let ticket = tickets::get(service, grant, number).await?;
    let account = grant.account()?;
    let Some(channel) = ticket.channel.as_ref().filter(|_| ticket.waits()) else {
        let resource = Name::Ticket(number).within(account);
        return Err(Rejection::Transition { resource, from: "NOT_WAITING".to_owned(), to: "WAITING".to_owned() });
    };
    let place = place(service, grant, &ticket).await?;
    let served = pace(service, account, channel).await?;
    let last = decisions::last(&service.store, account, number).await.map_err(|error| error.rejection())?;
    let waits_for = last.map(|last| last.decision.exclusions.into_keys().collect()).unwrap_or_default();
    Ok(Position { expected: expected(place, served), place, waits_for, ticket })
}

/// How many tickets of a channel were given out of the queue in the last hour.
///
/// # Errors
/// The storage's.
pub async fn pace(service: &Service, account: &AccountId, channel: &ChannelId) -> Result<u64, Rejection> {
    let since = service.clock.now().minus(RECENT);
    queue::served_since(&service.store, account, channel, since).await.map_err(|error| error.rejection())
}

/// A place in the line by the pace of the last hour: half and twice of it.
pub fn expected(place: u64, served: u64) -> Option<(Duration, Duration)> {
    let each = RECENT.checked_div(u32::try_from(served).ok().filter(|served| *served > 0)?)?;
    let whole = each.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
    Some((whole / 2, whole.saturating_mul(2)))
}

/// One page of the people with a seat and what they have.
///
/// # Errors
/// The storage's.
pub async fn workloads(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<(User, Load)>, Rejection> {
    queue::workloads(&service.store, grant.account()?, &query.page).await.map_err(|error| error.rejection())
}

/// A ticket that nothing serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Stuck {
    /// The ticket.
    pub ticket: Ticket,
    /// Machine code.
    pub cause: &'static str,
}

/// Tickets that wait although nothing can serve them, or somebody could have for more than a second.
///
/// # Errors
/// The storage's.
pub async fn stuck(service: &Service, grant: &Grant) -> Result<Vec<Stuck>, Rejection> {
    let account = grant.account()?;
    let first = queue::first(&service.store, account, MOST_STUCK).await.map_err(|error| error.rejection())?;
    let mut stuck = Vec::new();
    for ticket in &first {
        let Some(id) = &ticket.channel else { continue };
        let channel = channels::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
        if !channel.is_some_and(|channel| channel.routing.can_queue(channel.kind)) {
            stuck.push(Stuck { ticket: ticket.clone(), cause: "NO_ROUTING" });
        }
    }
    if !first.is_empty() {
        let dry = WriteCall { validate_only: true, ..WriteCall::default() };
        let encoder = Encoder { respond: Box::new(|found: Vec<Stuck>, _| found), store: Box::new(|_| Vec::new()) };
        let grant = Grant::system(account.clone(), "stuck_tickets");
        if let super::Answer::Fresh(found) = service.write(&grant, dry, LookForStuck, encoder).await? {
            stuck.extend(found);
        }
    }
    Ok(stuck)
}

/// Looks, by the very function that serves, whether anybody who waits could have been served. Stores nothing.
#[derive(Debug)]
struct LookForStuck;

impl UseCase for LookForStuck {
    type Outcome = Vec<Stuck>;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.waiting = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<Stuck>, Rejection> {
        let now = desk.session.now();
        let long = |ticket: &Ticket| {
            let since = ticket.life.routed.waiting_since;
            since.is_some_and(|since| now.since(since) > Duration::from_secs(1))
        };
        let mut stuck = Vec::new();
        for ticket in desk.world().waiting().into_iter().filter(long) {
            if could_be_served(desk, &ticket) {
                stuck.push(Stuck { ticket, cause: "NOT_SERVED" });
            }
        }
        Ok(stuck)
    }
}
