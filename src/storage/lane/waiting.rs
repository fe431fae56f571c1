//! Tickets that wait in order: the first of each line, and jobs that are due sooner because of them.
//!
//! A line is what waits on one channel under one rule with one priority. All of it asks for the same people, and whoever waits
//! longest may be content with less, so what its first ones cannot get nobody behind them can: a few of each line are enough to
//! know whose turn it is, however long the lines are. Tickets that somebody has let go ask for one person less than those behind
//! them; they are read beside their line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};

use uuid::Uuid;

use super::super::StoreError;
use super::super::dialect::among;
use super::super::rows::{Stored, job, job_head, routing_version, ticket};
use super::keys::Keys;
use super::lookup::Lookup;
use super::world::{NewJob, World};
use crate::domain::channel::{Channel, Target};
use crate::domain::ids::{ChannelId, TicketNumber};
use crate::domain::routing::RoutingVersion;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;

/// Tickets of one line that a batch knows to wait.
const READ_AHEAD: usize = 8;
/// Tickets of other sorts that a batch knows: beside a line, and beside all of them.
const OTHERS_AHEAD: u64 = 32;

/// How soon a job runs again that was woken while somebody worked on it.
const AGAIN: Duration = Duration::from_millis(800);

/// The lines of an account, by their first tickets. Each is found from the one before it, by the index: of the same rule, of the
/// same channel, of the next channel. Not by one comparison of all three, of which SQLite's index serves the channel only.
const LINES: &str = "WITH RECURSIVE line(number) AS (\
    SELECT (SELECT t.number FROM ticket AS t WHERE t.account_id = $1 AND t.waiting_since IS NOT NULL \
    ORDER BY t.channel_id, t.routing_rule, t.waiting_rank LIMIT 1) \
    UNION ALL SELECT coalesce(\
    (SELECT n.number FROM ticket AS n WHERE n.account_id = $1 AND n.waiting_since IS NOT NULL AND n.channel_id = f.channel_id \
    AND n.routing_rule = f.routing_rule AND n.waiting_rank > f.waiting_rank ORDER BY n.waiting_rank LIMIT 1), \
    (SELECT n.number FROM ticket AS n WHERE n.account_id = $1 AND n.waiting_since IS NOT NULL AND n.channel_id = f.channel_id \
    AND n.routing_rule > f.routing_rule ORDER BY n.routing_rule, n.waiting_rank LIMIT 1), \
    (SELECT n.number FROM ticket AS n WHERE n.account_id = $1 AND n.waiting_since IS NOT NULL AND n.channel_id > f.channel_id \
    ORDER BY n.channel_id, n.routing_rule, n.waiting_rank LIMIT 1)) \
    FROM line JOIN ticket AS f ON f.account_id = $1 AND f.number = line.number) \
    SELECT f.channel_id, f.routing_rule, f.waiting_rank FROM line \
    JOIN ticket AS f ON f.account_id = $1 AND f.number = line.number";

/// What the database has of those who wait.
#[derive(Debug, Default)]
pub struct Waiting {
    first: HashMap<Line, First>,
    known: bool,
    missed: bool,
    served: usize,
    returns_known: bool,
    left_over_known: bool,
}

/// Channel, rule and rank of those who wait in one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Line {
    channel: ChannelId,
    rule: String,
    rank: i64,
}

/// The first of a line, in order; whether there may be more.
#[derive(Debug)]
struct First {
    numbers: Vec<TicketNumber>,
    more: bool,
}

impl Line {
    /// The line of a ticket that waits.
    fn of(ticket: &Ticket) -> Option<Self> {
        let (channel, rule) = (ticket.channel.clone()?, ticket.life.routed.rule.clone());
        Some(Self { channel, rule, rank: ticket.waiting_rank() })
    }
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

    /// Whether those who wait where nobody can were read.
    pub fn knows_left_over(&self) -> bool {
        self.waiting.left_over_known
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

    /// An operation found that it has to know those who wait. What it decides without them does not count.
    pub fn miss_waiting(&mut self) {
        self.waiting.missed = true;
    }

    /// Whether the last operation has to decide again, with those who wait.
    pub(super) fn lacks_waiting(&self) -> bool {
        self.waiting.missed && !self.waiting.known
    }

    /// Tickets that the batch gave to somebody, what was undone included.
    pub fn served(&self) -> usize {
        self.waiting.served
    }

    /// A ticket was given to somebody.
    pub fn note_served(&mut self) {
        self.waiting.served += 1;
    }

    /// The first tickets that wait, of all lines, most urgent first, then longest. Tickets that the batch put behind what it
    /// has not read are left out: their turn has not come.
    pub fn waiting(&self) -> Vec<Ticket> {
        let mut places: BTreeMap<WaitingPlace, &Ticket> = BTreeMap::new();
        let mut horizon: HashMap<&Line, WaitingPlace> = HashMap::new();
        for (line, First { numbers, more }) in &self.waiting.first {
            let last = numbers.iter().filter_map(|number| self.tickets.change(number).0.and_then(place)).max();
            if let Some(last) = last.filter(|_| *more) {
                horizon.insert(line, last);
            }
        }
        for ticket in self.tickets.values() {
            let Some((place, line)) = place(ticket).zip(Line::of(ticket)) else { continue };
            if horizon.get(&line).is_none_or(|last| place <= *last) {
                places.insert(place, ticket);
            }
        }
        places.into_values().cloned().collect()
    }

    /// Whether a line goes on behind those that the batch knew, none of which waits any more: the database knows whose turn
    /// it is.
    pub fn waits_unread(&self) -> bool {
        let waits = |number: &TicketNumber| self.tickets.peek(number).is_some_and(Ticket::waits);
        self.waiting.first.values().any(|first| first.more && !first.numbers.iter().any(waits))
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

/// The lines of the account, on channels where tickets can wait.
async fn lines(db: &impl ConnectionTrait, world: &World) -> Result<Vec<Line>, DbErr> {
    let values = [Value::from(world.account.id.as_str())];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), LINES, values)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let channel = ChannelId::stored(row.try_get::<String>("", "channel_id")?);
        found.push(Line { channel, rule: row.try_get("", "routing_rule")?, rank: row.try_get("", "waiting_rank")? });
    }
    let can = |channel: &Channel| channel.routing.can_queue(channel.kind);
    found.retain(|line| world.people().channels.get(&line.channel).is_some_and(can));
    Ok(found)
}

/// Reads the first of each line on channels where tickets can wait.
pub async fn load(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    for line in lines(db, world).await? {
        let first = ticket::Entity::find()
            .filter(C::AccountId.eq(world.account.id.as_str()))
            .filter(C::ChannelId.eq(line.channel.as_str()))
            .filter(C::RoutingRule.eq(line.rule.as_str()))
            .filter(C::WaitingRank.eq(line.rank))
            .filter(Expr::cust("\"ticket\".\"waiting_since\" IS NOT NULL"))
            .order_by_asc(C::WaitingSince)
            .order_by_asc(C::Number);
        let channel = world.people().channels.get(&line.channel);
        let mut in_line = first.clone();
        if channel.is_some_and(|channel| channel.routing.return_after.is_some()) {
            in_line = in_line.filter(C::LetGoBy.is_null());
            for row in first.filter(C::LetGoBy.is_not_null()).limit(OTHERS_AHEAD).all(db).await? {
                let found = Ticket::from_row(row)?;
                world.tickets.load(found.number, Some(found));
            }
        }
        let rows = in_line.limit(READ_AHEAD as u64).all(db).await?;
        let more = rows.len() == READ_AHEAD;
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            let found = Ticket::from_row(row)?;
            numbers.push(found.number);
            world.tickets.load(found.number, Some(found));
        }
        world.waiting.first.insert(line, First { numbers, more });
    }
    world.waiting.known = true;
    contacts_with_owner(db, world).await
}

/// Reads the contacts of tickets whose channel gives them to the contact's owner.
async fn contacts_with_owner(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    let channels = &world.people().channels;
    let to_owner = |ticket: &&Ticket| {
        let channel = ticket.channel.as_ref().and_then(|id| channels.get(id));
        channel.is_some_and(|channel| channel.routing.target == Target::ContactOwner)
    };
    let contacts = world.tickets.values().filter(to_owner).filter_map(|ticket| ticket.contact).collect();
    let keys = Keys { contacts, ..Keys::default() }.without_known(world);
    super::load::contacts(db, world, &keys).await
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
pub async fn left_over(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    world.waiting.left_over_known = true;
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
        .limit(OTHERS_AHEAD)
        .all(db)
        .await?;
    for row in rows {
        let found = Ticket::from_row(row)?;
        world.tickets.load(found.number, Some(found));
    }
    contacts_with_owner(db, world).await
}

/// Reads the first tickets that go back unless somebody touches them, due or not.
pub async fn returns(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use ticket::Column as C;
    let rows = ticket::Entity::find()
        .filter(C::AccountId.eq(world.account.id.as_str()))
        .filter(Expr::cust("\"ticket\".\"return_time\" IS NOT NULL"))
        .order_by_asc(C::ReturnTime)
        .limit(OTHERS_AHEAD)
        .all(db)
        .await?;
    for row in rows {
        let found = Ticket::from_row(row)?;
        world.tickets.load(found.number, Some(found));
    }
    world.waiting.returns_known = true;
    contacts_with_owner(db, world).await
}

/// Makes jobs due sooner, and returns those that are to be made because there are none. Whoever works on one at this
/// moment finds that it is no longer theirs to end, so that no wake is lost; its tries begin anew, for nobody failed. What
/// they would have said of the next time is lost, so the job looks again [`AGAIN`] later. Heads are locked before jobs.
pub async fn wake(db: &impl ConnectionTrait, world: &World) -> Result<Vec<NewJob>, DbErr> {
    use job::Column as C;
    let mut missing = Vec::new();
    for (kind, (id, due)) in &world.wakes {
        let soon = Ord::min(*due, world.now.plus(AGAIN)).as_micros();
        sooner_head(db, world, *due).await?;
        let micros = due.as_micros();
        let held = Expr::col(C::LeaseUntil).is_not_null().and(Expr::col(C::DueTime).gt(soon));
        let sooner = Expr::case(held, soon).case(Expr::col(C::DueTime).gt(micros), micros);
        let sooner = sooner.finally(Expr::col(C::DueTime));
        let free = Expr::case(Expr::col(C::LeaseUntil).is_null(), Expr::col(C::Fence));
        let moved = job::Entity::update_many()
            .col_expr(C::DueTime, sooner.into())
            .col_expr(C::Attempts, Expr::value(0_i64))
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
