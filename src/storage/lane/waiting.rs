//! Tickets that wait in order: the first of each channel, and jobs that are due sooner because of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use uuid::Uuid;

use super::super::StoreError;
use super::super::dialect::among;
use super::super::rows::{Stored, job, job_head, routing_version, ticket};
use super::lookup::Lookup;
use super::world::{NewJob, World};
use crate::domain::channel::Channel;
use crate::domain::ids::{ChannelId, TicketNumber};
use crate::domain::routing::RoutingVersion;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;

/// Tickets of one channel that a batch knows to wait.
const READ_AHEAD: usize = 32;

/// What the database has of those who wait.
#[derive(Debug, Default)]
pub struct Waiting {
    /// The first of each channel, in order; whether there may be more.
    first: HashMap<ChannelId, (Vec<TicketNumber>, bool)>,
    known: bool,
    returns_known: bool,
}

/// The place of a ticket among those that wait on its channel.
pub type WaitingPlace = (i64, Timestamp, TicketNumber);

/// The place of a ticket that waits.
fn place(ticket: &Ticket) -> Option<WaitingPlace> {
    Some((ticket.waiting_rank(), ticket.life.routed.waiting_since?, ticket.number))
}

impl World {
    /// Whether those who go back were read.
    pub fn knows_returns(&self) -> bool {
        self.waiting.returns_known
    }

    /// The tickets that go back, the first to do so first.
    pub fn returns(&self) -> Vec<(Timestamp, Ticket)> {
        let due = |ticket: &Ticket| Some((ticket.life.routed.return_time?, ticket.clone()));
        let mut found: Vec<_> = self.tickets.values().filter_map(due).collect();
        found.sort_by_key(|(time, ticket)| (*time, ticket.number));
        found
    }

    /// Whether those who wait were read.
    pub fn knows_waiting(&self) -> bool {
        self.waiting.known
    }

    /// The first tickets that wait, of all channels, most urgent first, then longest. Tickets that the batch put behind
    /// what it has not read are left out: their turn has not come.
    pub fn waiting(&self) -> Vec<Ticket> {
        let mut places: BTreeMap<WaitingPlace, &Ticket> = BTreeMap::new();
        let mut horizon: HashMap<&ChannelId, WaitingPlace> = HashMap::new();
        for (channel, (numbers, more)) in &self.waiting.first {
            let last = numbers.iter().filter_map(|number| self.tickets.change(number).0.and_then(place)).max();
            if let Some(last) = last.filter(|_| *more) {
                horizon.insert(channel, last);
            }
        }
        for ticket in self.tickets.values() {
            let Some((place, channel)) = place(ticket).zip(ticket.channel.as_ref()) else { continue };
            if horizon.get(channel).is_none_or(|last| place <= *last) {
                places.insert(place, ticket);
            }
        }
        places.into_values().cloned().collect()
    }

    /// Asks for a job of `kind` that is due at the latest then; one per account is enough. `id` is its own if there is
    /// none yet.
    pub fn wake(&mut self, kind: &'static str, id: Uuid, due: Timestamp) {
        let soonest = self.wakes.entry(kind).or_insert((id, due));
        soonest.1 = soonest.1.min(due);
    }
}

impl World {
    /// When the first job is due that the batch asked for by [`World::wake`].
    pub(super) fn soonest_wake(&self) -> Option<Timestamp> {
        self.wakes.values().map(|(_, due)| *due).min()
    }
}

/// Reads the first who wait on every channel where tickets can.
pub async fn load(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    let can = |channel: &&Channel| channel.routing.can_queue(channel.kind);
    let channels: BTreeSet<ChannelId> =
        world.people().channels.values().filter(can).map(|channel| channel.id.clone()).collect();
    for channel in channels {
        let rows = ticket::Entity::find()
            .filter(C::AccountId.eq(world.account.id.as_str()))
            .filter(C::ChannelId.eq(channel.as_str()))
            .filter(Expr::cust("\"ticket\".\"waiting_since\" IS NOT NULL"))
            .order_by_asc(C::WaitingRank)
            .order_by_asc(C::WaitingSince)
            .order_by_asc(C::Number)
            .limit(READ_AHEAD as u64)
            .all(db)
            .await?;
        let more = rows.len() == READ_AHEAD;
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            let found = Ticket::from_row(row)?;
            numbers.push(found.number);
            world.tickets.load(found.number, Some(found));
        }
        world.waiting.first.insert(channel, (numbers, more));
    }
    world.waiting.known = true;
    Ok(())
}

/// Reads versions of routings.
pub async fn versions(
    db: &impl ConnectionTrait,
    world: &mut World,
    keys: &BTreeSet<(ChannelId, i64)>,
) -> Result<(), StoreError> {
    use routing_version::Column as C;
    static BY_NUMBER: Lookup = Lookup::new();
    if keys.is_empty() {
        return Ok(());
    }
    let tuples = keys.iter().map(|(channel, number)| vec![Value::from(channel.to_string()), Value::from(*number)]);
    let columns = [C::ChannelId, C::Number];
    for row in BY_NUMBER.rows::<routing_version::Entity>(db, &world.account.id, &columns, tuples).await? {
        let found = RoutingVersion::from_row(row)?;
        world.routing_versions.load((found.channel.clone(), found.number), Some(found));
    }
    for key in keys {
        world.routing_versions.load(key.clone(), None);
    }
    Ok(())
}

/// Reads what only the job looks for: tickets that still wait where none can wait any more.
async fn left_over(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    let cannot = |channel: &&Channel| !channel.routing.can_queue(channel.kind);
    let channels: Vec<Value> =
        world.people().channels.values().filter(cannot).map(|channel| channel.id.as_str().into()).collect();
    if channels.is_empty() || world.head.waiting == 0 {
        return Ok(());
    }
    let rows = ticket::Entity::find()
        .filter(C::AccountId.eq(world.account.id.as_str()))
        .filter(among(db.get_database_backend(), C::ChannelId, channels))
        .filter(Expr::cust("\"ticket\".\"waiting_since\" IS NOT NULL"))
        .limit(READ_AHEAD as u64)
        .all(db)
        .await?;
    for row in rows {
        let found = Ticket::from_row(row)?;
        world.tickets.load(found.number, Some(found));
    }
    Ok(())
}

/// Reads the first tickets that go back unless somebody touches them, due or not.
pub async fn returns(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    left_over(db, world).await?;
    let rows = ticket::Entity::find()
        .filter(C::AccountId.eq(world.account.id.as_str()))
        .filter(Expr::cust("\"ticket\".\"return_time\" IS NOT NULL"))
        .order_by_asc(C::ReturnTime)
        .limit(READ_AHEAD as u64)
        .all(db)
        .await?;
    for row in rows {
        let found = Ticket::from_row(row)?;
        world.tickets.load(found.number, Some(found));
    }
    world.waiting.returns_known = true;
    Ok(())
}

/// Makes jobs due sooner, and returns those that are to be made because there are none. Whoever works on one at this
/// moment finds that it is no longer theirs to end, so that no wake is lost. Heads are locked before jobs.
pub async fn wake(db: &impl ConnectionTrait, world: &World) -> Result<Vec<NewJob>, DbErr> {
    use job::Column as C;
    let mut missing = Vec::new();
    for (kind, (id, due)) in &world.wakes {
        sooner_head(db, world, *due).await?;
        let micros = due.as_micros();
        let sooner = Expr::case(Expr::col(C::DueTime).gt(micros), micros).finally(Expr::col(C::DueTime));
        let free = Expr::case(Expr::col(C::LeaseUntil).is_null(), Expr::col(C::Fence));
        let moved = job::Entity::update_many()
            .col_expr(C::DueTime, sooner.into())
            .col_expr(C::Fence, free.finally(Expr::col(C::Fence).add(1_i64)).into())
            .filter(C::AccountId.eq(world.account.id.as_str()))
            .filter(C::Kind.eq(*kind))
            .filter(Expr::cust("state = 'waiting'"))
            .exec(db)
            .await?;
        if moved.rows_affected == 0 {
            missing.push(NewJob { id: *id, kind, payload: String::new(), due: *due });
        }
    }
    Ok(missing)
}

/// Moves the head of an account's jobs forward.
pub async fn sooner_head(db: &impl ConnectionTrait, world: &World, due: Timestamp) -> Result<(), DbErr> {
    let due = due.as_micros();
    let sooner = Expr::case(Expr::col(job_head::Column::NextDue).gt(due), due);
    // Written also where it stays as it is: whoever moves the head meanwhile waits for this commit and sees its jobs.
    job_head::Entity::update_many()
        .col_expr(job_head::Column::NextDue, sooner.finally(Expr::col(job_head::Column::NextDue)).into())
        .filter(job_head::Column::AccountId.eq(world.account.id.as_str()))
        .exec(db)
        .await?;
    Ok(())
}
