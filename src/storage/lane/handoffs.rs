//! Hand-offs, as a batch knows them: those it was asked for, those that are due, and those that are open where it looks at
//! all.
//!
//! A ticket and a conversation come with their open hand-offs, whatever they were read for, so that no operation can change
//! one of them and forget the other: `service/handoffs::follow` finds all of it at hand.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::StoreError;
use super::super::dialect::RowsVerb;
use super::super::rows::{Stored, conversation, handoff, routing_decision};
use super::super::write::write_rows;
use super::keys::Keys;
use super::load::{conversations, tickets, uuids};
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::control::Party;
use crate::domain::conversation::Conversation;
use crate::domain::handoff::Handoff;
use crate::domain::ids::{ConversationId, CustomerAgentId, HandoffId};
use crate::domain::time::Timestamp;

/// Hand-offs that one batch looks at because their time has come; the rest comes with the next.
const AT_ONCE: u64 = 16;

/// How far back it is looked for how fast hand-offs flow.
const RECENT: Duration = Duration::from_hours(1);

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct HandoffKeys {
    /// Hand-offs.
    pub ids: BTreeSet<HandoffId>,
    /// The first for which something is to be done at a time, and the places that are held the shortest.
    pub due: bool,
    /// Those of a customer agent that wait for people, and how many went to people lately.
    pub lines: BTreeSet<CustomerAgentId>,
}

/// See the module.
#[derive(Debug)]
pub struct Handoffs {
    /// Hand-offs.
    pub rows: Table<HandoffId, Handoff>,
    due_known: bool,
    lines: HashMap<CustomerAgentId, HandoffLine>,
}

/// Hand-offs of one customer agent that wait for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandoffLine {
    /// How many the database has.
    pub waiting: u64,
    /// How many of the account were given to people in the last hour.
    pub served: u64,
}

impl Default for Handoffs {
    fn default() -> Self {
        Self { rows: Table::new("hand-off"), due_known: false, lines: HashMap::new() }
    }
}

impl Handoffs {
    /// Those of a customer agent that wait, as the database has them.
    pub fn line(&self, agent: &CustomerAgentId) -> HandoffLine {
        self.lines.get(agent).copied().unwrap_or_default()
    }

    /// Whether one of them is about the conversation.
    fn is_about(&self, conversation: ConversationId) -> bool {
        self.rows.values().any(|found| found.conversation == conversation)
    }

    /// The hand-offs for which something is to be done at a time, the first first; those the batch has made among them.
    pub fn due(&self) -> Vec<(Timestamp, HandoffId)> {
        let mut due: Vec<_> = self.rows.values().filter_map(|found| Some((found.due?, found.id))).collect();
        due.sort();
        due
    }
}

impl HandoffKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Handoffs) -> Self {
        self.ids.retain(|key| !known.rows.knows(key));
        self.due &= !known.due_known;
        self.lines.retain(|key| !known.lines.contains_key(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.due && self.lines.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &HandoffKeys) -> Result<(), StoreError> {
    named(db, world, keys).await?;
    lines(db, world, keys).await?;
    // Conversations of tickets, hand-offs of conversations, conversations and tickets of hand-offs.
    let said = world.tickets.values().filter(|ticket| ticket.life.handed).flat_map(|ticket| &ticket.conversations);
    let said = said.copied().collect();
    read_conversations(db, world, said).await?;
    let ids = world.conversations.values().filter_map(|conversation| conversation.handoff).collect();
    let open = HandoffKeys { ids, ..HandoffKeys::default() }.without_known(&world.handoffs);
    named(db, world, &open).await?;
    let said = world.handoffs.rows.values().map(|found| found.conversation).collect();
    read_conversations(db, world, said).await?;
    let handed = world.conversations.values().filter(|found| world.handoffs.is_about(found.id));
    let numbers: BTreeSet<_> = handed.filter_map(|found| found.ticket).collect();
    let keys = Keys { tickets: numbers, ..Keys::default() }.without_known(world);
    if keys.tickets.is_empty() { Ok(()) } else { tickets(db, world, &keys).await }
}

async fn read_conversations(
    db: &impl ConnectionTrait,
    world: &mut World,
    ids: BTreeSet<ConversationId>,
) -> Result<(), StoreError> {
    let keys = Keys { conversations: ids, ..Keys::default() }.without_known(world);
    conversations(db, world, &keys).await
}

async fn named(db: &impl ConnectionTrait, world: &mut World, keys: &HandoffKeys) -> Result<(), StoreError> {
    use handoff::Column as C;
    static BY_ID: Lookup = Lookup::new();
    if keys.is_empty() {
        return Ok(());
    }
    let account = world.account.id.clone();
    let mut rows = Vec::new();
    if !keys.ids.is_empty() {
        let ids = uuids(keys.ids.iter().map(|id| id.0));
        rows.extend(BY_ID.rows::<handoff::Entity>(db, &account, &[C::Id], ids).await?);
    }
    if keys.due {
        let due = handoff::Entity::find().filter(C::AccountId.eq(account.as_str())).filter(C::DueTime.is_not_null());
        let due = due.order_by_asc(C::DueTime).limit(AT_ONCE).all(db).await?;
        world.handoffs.due_known = true;
        held(db, world).await?;
        rows.extend(due);
    }
    for row in rows {
        let found = Handoff::from_row(row)?;
        world.handoffs.rows.load(found.id, Some(found));
    }
    keys.ids.iter().for_each(|id| world.handoffs.rows.load(*id, None));
    Ok(())
}

/// Conversations for which a place is held, that which is held the shortest first.
async fn held(db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
    use conversation::Column as C;
    let rows = conversation::Entity::find()
        .filter(C::AccountId.eq(world.account.id.as_str()))
        .filter(C::HeldUntil.is_not_null())
        .order_by_asc(C::HeldUntil)
        .limit(AT_ONCE)
        .all(db)
        .await?;
    for row in rows {
        let found = Conversation::from_row(row)?;
        world.conversations.load(found.id, Some(found));
    }
    Ok(())
}

async fn lines(db: &impl ConnectionTrait, world: &mut World, keys: &HandoffKeys) -> Result<(), DbErr> {
    for agent in &keys.lines {
        let waiting = handoff::Entity::find()
            .filter(handoff::Column::AccountId.eq(world.account.id.as_str()))
            .filter(handoff::Column::State.eq("requested"))
            .filter(handoff::Column::Source.eq(Party::Agent(agent.clone()).code()))
            .count(db)
            .await?;
        let since = world.now.minus(RECENT);
        let served = routing_decision::Entity::find()
            .filter(routing_decision::Column::AccountId.eq(world.account.id.as_str()))
            .filter(Expr::cust("\"routing_decision\".\"cause\" = 'handoff'"))
            .filter(routing_decision::Column::Outcome.eq("assigned"))
            .filter(routing_decision::Column::DecideTime.gte(since.as_micros()))
            .count(db)
            .await?;
        world.handoffs.lines.insert(agent.clone(), HandoffLine { waiting, served });
    }
    Ok(())
}

/// Writes what the batches of a commit did: those that ended before those that began in their place.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut inserted, mut updated) = (Vec::new(), Vec::new());
    for world in worlds {
        let (account, diff) = (&world.account.id, world.handoffs.rows.diff());
        inserted.extend(diff.inserted.iter().map(|now| now.to_row(account)));
        updated.extend(diff.updated.iter().map(|(_, now)| now.to_row(account)));
    }
    write_rows::<handoff::Entity>(db, RowsVerb::Update, &updated).await?;
    write_rows::<handoff::Entity>(db, RowsVerb::Insert, &inserted).await
}
