//! Reading what the life of a ticket needs: comments and message times for splits, chains of merges for expunging.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement};

use super::super::StoreError;
use super::super::keyed::find_by;
use super::super::rows::{Stored, comment, message, ticket_share, ticket_value};
use super::keys::Keys;
use super::load::uuids;
use super::lookup::Lookup;
use super::world::World;
use crate::domain::conversation::Comment;
use crate::domain::ids::{AccountId, ConversationId, MessageId, PropertyId, TeamId, TicketNumber};
use crate::domain::time::Timestamp;

impl World {
    /// A ticket that has a value of the property. The database's answer counts unless the batch knows better.
    pub fn ticket_with(&self, property: &PropertyId) -> Option<TicketNumber> {
        let known = self.tickets.values().filter(|ticket| ticket.properties.contains_key(property));
        let stored = self.ticket_with.get(property).copied();
        known.map(|ticket| ticket.number).min().or(stored.filter(|number| !self.tickets.knows(number)))
    }

    /// What the database has there, as far as it is read: for needs.
    pub fn peek_ticket_with(&self, property: &PropertyId) -> Option<TicketNumber> {
        self.ticket_with.peek(property).copied()
    }

    /// The times of the messages of a conversation. The database's answer counts unless the batch knows better.
    pub fn message_times(&self, conversation: ConversationId) -> HashMap<MessageId, Timestamp> {
        let stored = self.message_times.get(&conversation).map(Vec::as_slice).unwrap_or_default();
        let stored = stored.iter().filter(|(id, _)| !self.messages.knows(id)).copied();
        let known = self.messages.values().filter(|message| message.conversation == conversation);
        stored.chain(known.map(|message| (message.id, message.create_time))).collect()
    }

    /// The first message of a conversation whose message times are known.
    pub fn first_message(&self, conversation: ConversationId) -> Option<MessageId> {
        let times = self.message_times.peek(&conversation)?;
        times.iter().min_by_key(|(id, time)| (*time, *id)).map(|(id, _)| *id)
    }

    /// The newest message of a conversation whose message times are known.
    pub fn newest_message(&self, conversation: ConversationId) -> Option<MessageId> {
        self.message_times.peek(&conversation)?;
        self.message_times(conversation).into_iter().max_by_key(|(id, time)| (*time, *id)).map(|(id, _)| id)
    }

    /// Tickets that ended in this one, along every chain of merges, in order. The database's answer and what the batch
    /// merged.
    pub fn merged_into(&self, number: TicketNumber) -> BTreeSet<TicketNumber> {
        let (mut found, mut next) = (BTreeSet::new(), vec![number]);
        while let Some(target) = next.pop() {
            let stored = self.merged_into.peek(&target).into_iter().flatten().copied();
            let known = self.tickets.values().filter(|ticket| ticket.life.merged_into == Some(target));
            let sources: Vec<_> = stored.chain(known.map(|ticket| ticket.number)).collect();
            next.extend(sources.into_iter().filter(|source| *source != number && found.insert(*source)));
        }
        found
    }
}

/// One round: reads `keys` into `world`.
pub async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    comments(db, world, keys).await?;
    message_times(db, world, keys).await?;
    tickets_with(db, world, keys).await?;
    Ok(merged_into(db, world, keys).await?)
}

async fn comments(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    static BY_ID: Lookup = Lookup::new();
    if keys.comments.is_empty() {
        return Ok(());
    }
    let values = uuids(keys.comments.iter().map(|c| c.0));
    for row in BY_ID.rows::<comment::Entity>(db, &world.account.id, &[comment::Column::Id], values).await? {
        let found = Comment::from_row(row)?;
        world.comments.load(found.id, Some(found));
    }
    keys.comments.iter().for_each(|key| world.comments.load(*key, None));
    Ok(())
}

async fn message_times(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use message::Column;
    if keys.message_times.is_empty() {
        return Ok(());
    }
    let (backend, account) = (db.get_database_backend(), world.account.id.as_str());
    let conversations = keys.message_times.iter().map(|id| vec![id.0.into()]);
    let rows: Vec<(uuid::Uuid, uuid::Uuid, i64)> =
        find_by::<message::Entity>(backend, account, &[Column::ConversationId], conversations, None)
            .select_only()
            .columns([Column::ConversationId, Column::Id, Column::CreateTime])
            .into_tuple()
            .all(db)
            .await?;
    let mut times: BTreeMap<ConversationId, Vec<(MessageId, Timestamp)>> =
        keys.message_times.iter().map(|id| (*id, Vec::new())).collect();
    for (conversation, id, time) in rows {
        times.entry(ConversationId(conversation)).or_default().push((MessageId(id), Timestamp::from_micros(time)));
    }
    for (id, times) in times {
        world.message_times.load(id, Some(times));
    }
    Ok(())
}

async fn tickets_with(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use ticket_value::Column;
    for property in &keys.ticket_with {
        let one = ticket_value::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::PropertyId.eq(property.as_str()))
            .one(db)
            .await?;
        world.ticket_with.load(property.clone(), one.map(|row| TicketNumber(row.number)));
    }
    Ok(())
}

/// Every ticket that ended in each of the wanted ones. A set, not a walk: a chain that bit its own tail would end too.
async fn merged_into(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    const SQL: &str = "WITH RECURSIVE merged (number) AS (\
                       SELECT number FROM ticket WHERE account_id = $1 AND merged_into = $2 AND merged_into IS NOT NULL \
                       UNION SELECT t.number FROM ticket t JOIN merged m ON t.merged_into = m.number \
                       WHERE t.account_id = $1 AND t.merged_into IS NOT NULL) SELECT number FROM merged";
    for number in &keys.merged_into {
        let values = [world.account.id.as_str().into(), number.0.into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), SQL, values);
        let rows = db.query_all_raw(statement).await?;
        let found = rows.iter().map(|row| row.try_get("", "number").map(TicketNumber));
        let found: BTreeSet<TicketNumber> = found.collect::<Result<_, _>>()?;
        world.merged_into.load(*number, Some(found));
    }
    Ok(())
}

/// A ticket that is shared with the team, if there is any.
pub async fn ticket_shared_with_team(
    db: &impl ConnectionTrait,
    account: &AccountId,
    team: &TeamId,
) -> Result<Option<TicketNumber>, DbErr> {
    use ticket_share::Column;
    let one = ticket_share::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::Kind.eq("team"))
        .filter(Column::GranteeId.eq(team.as_str()))
        .one(db)
        .await?;
    Ok(one.map(|row| TicketNumber(row.number)))
}
