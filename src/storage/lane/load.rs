//! Reading what a batch needs: one statement per table and round.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement, Value,
};

use super::super::dialect::{PerBackend, clock};
use super::super::keyed::find_by;
use super::super::rows::{
    self, Stored, access_key, account, account_head, account_user, agent_load, channel, contact, contact_cookie,
    contact_point, conversation, customer_agent, message, pipeline, pipeline_status, property, request_record, skill,
    team, team_member, thread, ticket, ticket_form, ticket_team, workflow,
};
use super::super::{Store, StoreError};
use super::content;
use super::keys::{Keys, OWNED_AT_ONCE, RequestKey};
use super::load_life;
use super::lookup::Lookup;
use super::people::People;
use super::records;
use super::table::Table;
use super::world::{Head, RequestRecord, SentMail, World};
use crate::domain::account::Account;
use crate::domain::channel::Channel;
use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::conversation::{Conversation, Message, Thread};
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::ids::{AccountId, ContactId, ConversationId, MessageId, ThreadId, TicketNumber, UserId};
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::property::Property;
use crate::domain::routing::Load;
use crate::domain::skill::Skill;
use crate::domain::ticket::Ticket;
use crate::domain::ticket_form::TicketForm;
use crate::domain::time::Timestamp;
use crate::domain::user::{AccessKey, Membership, Team, User};
use crate::domain::workflow::Workflow;

/// Reads every row of a table of this account.
async fn whole<V: Stored>(
    db: &impl ConnectionTrait,
    account: &AccountId,
    account_column: <V::Table as EntityTrait>::Column,
) -> Result<Vec<V>, StoreError> {
    let rows = V::Table::find().filter(account_column.eq(account.as_str())).all(db).await?;
    Ok(rows.into_iter().map(V::from_row).collect::<Result<_, _>>()?)
}

/// Reads the account, its counters and what the database's clock says; nothing when there is no such account.
pub async fn opening(
    store: &Store,
    db: &impl ConnectionTrait,
    id: &AccountId,
) -> Result<Option<(Account, Head, Timestamp)>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let backend = store.backend();
    let sql = SQL.get(backend, || {
        account::Entity::find()
            .find_also(account::Entity, account_head::Entity)
            .filter(account::Column::Id.eq("?"))
            .expr_as(Expr::cust(clock(backend)), "clock")
            .build(backend)
            .sql
    });
    let statement = Statement::from_sql_and_values(backend, sql, [id.as_str().into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    let account = Account::from_row(account::Model::from_query_result(&row, "A_")?)?;
    let Some(counters) = account_head::Model::from_query_result_optional(&row, "B_")? else { return Ok(None) };
    let head = Head {
        last_event: counters.last_event,
        last_ticket: counters.last_ticket,
        config_seq: counters.config_seq,
        load_seq: counters.load_seq,
        waiting: counters.waiting,
        credits_used: counters.credits_used,
    };
    Ok(Some((account, head, store.moment(row.try_get("", "clock")?))))
}

/// Reads people and configuration.
pub async fn people(db: &impl ConnectionTrait, account: &AccountId) -> Result<People, StoreError> {
    let users: Vec<User> = whole(db, account, account_user::Column::AccountId).await?;
    let teams: Vec<Team> = whole(db, account, team::Column::AccountId).await?;
    let members: Vec<Membership> = whole(db, account, team_member::Column::AccountId).await?;
    let keys: Vec<AccessKey> = whole(db, account, access_key::Column::AccountId).await?;
    let pipelines: Vec<Pipeline> = whole(db, account, pipeline::Column::AccountId).await?;
    let statuses: Vec<Status> = whole(db, account, pipeline_status::Column::AccountId).await?;
    let channels: Vec<Channel> = whole(db, account, channel::Column::AccountId).await?;
    let properties: Vec<Property> = whole(db, account, property::Column::AccountId).await?;
    let forms: Vec<TicketForm> = whole(db, account, ticket_form::Column::AccountId).await?;
    let skills: Vec<Skill> = whole(db, account, skill::Column::AccountId).await?;
    let workflows: Vec<Workflow> = whole(db, account, workflow::Column::AccountId).await?;
    let agents: Vec<CustomerAgent> = whole(db, account, customer_agent::Column::AccountId).await?;
    let emails = users.iter().map(|u| (User::email_key(&u.email), u.id.clone())).collect::<Vec<_>>();
    Ok(People {
        emails: Table::whole("user email", emails),
        users: Table::whole("user", users.into_iter().map(|u| (u.id.clone(), u))),
        teams: Table::whole("team", teams.into_iter().map(|t| (t.id.clone(), t))),
        members: Table::whole("team member", members.into_iter().map(|m| ((m.team.clone(), m.user.clone()), m))),
        keys: Table::whole("access key", keys.into_iter().map(|k| (k.id.clone(), k))),
        pipelines: Table::whole("pipeline", pipelines.into_iter().map(|p| (p.id.clone(), p))),
        statuses: Table::whole("status", statuses.into_iter().map(|s| ((s.pipeline.clone(), s.id.clone()), s))),
        agents: Table::whole("customer agent", agents.into_iter().map(|a| (a.id.clone(), a))),
        skills: Table::whole("skill", skills.into_iter().map(|s| (s.id.clone(), s))),
        workflows: Table::whole("workflow", workflows.into_iter().map(|w| (w.id.clone(), w))),
        channels: Table::whole("channel", channels.into_iter().map(|c| (c.id.clone(), c))),
        properties: Table::whole("property", properties.into_iter().map(|p| (p.id.clone(), p))),
        forms: Table::whole("ticket form", forms.into_iter().map(|form| ((), form))),
    })
}

/// Reads the loads that changed after `seq`.
pub async fn loads_after(
    db: &impl ConnectionTrait,
    account: &AccountId,
    seq: i64,
) -> Result<Vec<(UserId, Load)>, DbErr> {
    use agent_load::Column;
    let rows = agent_load::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::ChangedSeq.gt(seq))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (UserId::stored(row.user_id.as_str()), row.load())).collect())
}

/// One round: reads `keys` into `world`.
pub async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    requests(db, world, keys).await?;
    external_ids(db, world, keys).await?;
    points(db, world, keys).await?;
    cookies(db, world, keys).await?;
    mail_ids(db, world, keys).await?;
    threads(db, world, keys).await?;
    conversations(db, world, keys).await?;
    contacts(db, world, keys).await?;
    tickets(db, world, keys).await?;
    tickets_of_teams(db, world, keys).await?;
    conversations_of_channels(db, world, keys).await?;
    cookies_of(db, world, keys).await?;
    load_life::round(db, world, keys).await?;
    super::places::load(db, world, keys).await?;
    messages(db, world, keys).await?;
    super::told::load(db, world, keys).await?;
    super::calls::round(db, world, &keys.calls).await?;
    super::waiting::versions(db, world, &keys.routing_versions).await?;
    if keys.returns {
        super::waiting::returns(db, world).await?;
    }
    if keys.left_over {
        super::waiting::left_over(db, world).await?;
    }
    super::leases::load(db, world, keys).await?;
    if keys.waiting {
        super::waiting::load(db, world).await?;
    }
    records::round(db, world, &keys.records).await?;
    Box::pin(super::automation::round(db, world, &keys.automation)).await?;
    Box::pin(super::handoffs::round(db, world, &keys.handoffs)).await?;
    content::round(db, world, &keys.content).await
}

pub(super) fn uuids(ids: impl Iterator<Item = uuid::Uuid>) -> impl Iterator<Item = Vec<Value>> {
    ids.map(|id| vec![Value::from(id)])
}

async fn requests(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use request_record::Column;
    static BY_KEY: Lookup = Lookup::new();
    if keys.requests.is_empty() {
        return Ok(());
    }
    let tuples = keys.requests.iter().map(|key| {
        vec![Value::from(key.caller.clone()), Value::from(key.method.clone()), Value::from(key.request_id.clone())]
    });
    let columns = [Column::Caller, Column::Method, Column::RequestId];
    for row in BY_KEY.rows::<request_record::Entity>(db, &world.account.id, &columns, tuples).await? {
        let key = RequestKey { caller: row.caller, method: row.method, request_id: row.request_id };
        let expire_time = Timestamp::from_micros(row.expire_time);
        let record = RequestRecord { key: key.clone(), hash: row.request_hash, answer: row.answer, expire_time };
        world.requests.load(key, Some(record));
    }
    keys.requests.iter().for_each(|key| world.requests.load(key.clone(), None));
    Ok(())
}

async fn external_ids(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use message::Column;
    static BY_EXTERNAL_ID: Lookup = Lookup::only_where("\"message\".\"external_id\" IS NOT NULL");
    if keys.external_ids.is_empty() {
        return Ok(());
    }
    let tuples = keys.external_ids.iter().map(|(c, id)| vec![Value::from(c.to_string()), Value::from(id.clone())]);
    let columns = [Column::ChannelId, Column::ExternalId];
    for row in BY_EXTERNAL_ID.rows::<message::Entity>(db, &world.account.id, &columns, tuples).await? {
        let found = Message::from_row(row)?;
        let external_id = found.external_id.clone().unwrap_or_default();
        world.external_ids.load((found.channel.clone(), external_id), Some(found.id));
        world.messages.load(found.id, Some(found));
    }
    keys.external_ids.iter().for_each(|key| world.external_ids.load(key.clone(), None));
    Ok(())
}

async fn points(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use contact_point::Column;
    static BY_ADDRESS: Lookup = Lookup::new();
    if keys.points.is_empty() {
        return Ok(());
    }
    let tuples = keys.points.iter().map(|point| vec![Value::from(point.kind.code()), Value::from(point.value.clone())]);
    let columns = [Column::Kind, Column::Value];
    for row in BY_ADDRESS.rows::<contact_point::Entity>(db, &world.account.id, &columns, tuples).await? {
        let kind = PointKind::from_code(&row.kind).ok_or(rows::Corrupt { table: "contact_point", column: "kind" })?;
        world.points.load(Point { kind, value: row.value }, Some(ContactId(row.contact_id)));
    }
    keys.points.iter().for_each(|key| world.points.load(key.clone(), None));
    Ok(())
}

async fn cookies(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use contact_cookie::Column;
    static BY_HASH: Lookup = Lookup::new();
    if keys.cookies.is_empty() {
        return Ok(());
    }
    let values = keys.cookies.iter().map(|hash| vec![Value::from(hash.clone())]);
    for row in BY_HASH.rows::<contact_cookie::Entity>(db, &world.account.id, &[Column::CookieHash], values).await? {
        world.cookies.load(row.cookie_hash, Some(ContactId(row.contact_id)));
    }
    keys.cookies.iter().for_each(|key| world.cookies.load(key.clone(), None));
    Ok(())
}

async fn mail_ids(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use message::Column;
    if keys.mail_ids.is_empty() {
        return Ok(());
    }
    // Only what we sent: a Message-ID of somebody else's finds no thread (C1).
    let ours = "\"message\".\"mail_id\" IS NOT NULL AND \"message\".\"direction\" = 'outbound'";
    let (backend, account) = (db.get_database_backend(), world.account.id.as_str());
    let values = keys.mail_ids.iter().map(|id| vec![Value::from(id.clone())]);
    let found = find_by::<message::Entity>(backend, account, &[Column::MailId], values, Some(ours)).select_only();
    let rows: Vec<(Option<String>, uuid::Uuid, uuid::Uuid)> =
        found.columns([Column::MailId, Column::ThreadId, Column::Id]).into_tuple().all(db).await?;
    for (mail_id, thread, id) in rows {
        let sent = SentMail { thread: ThreadId(thread), message: MessageId(id) };
        world.mail_ids.load(mail_id.unwrap_or_default(), Some(sent));
    }
    keys.mail_ids.iter().for_each(|key| world.mail_ids.load(key.clone(), None));
    Ok(())
}

async fn threads(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use thread::Column;
    static OPEN: Lookup =
        Lookup::only_where("\"thread\".\"open\" AND \"thread\".\"key\" <> '' AND NOT \"thread\".\"archived\"");
    static BY_TOKEN: Lookup = Lookup::only_where("\"thread\".\"reply_token\" <> ''");
    static BY_ID: Lookup = Lookup::new();
    let account = world.account.id.clone();
    if !keys.open_threads.is_empty() {
        let tuples =
            keys.open_threads.iter().map(|(c, key)| vec![Value::from(c.to_string()), Value::from(key.clone())]);
        for row in OPEN.rows::<thread::Entity>(db, &account, &[Column::ChannelId, Column::Key], tuples).await? {
            let found = Thread::from_row(row)?;
            world.open_threads.load((found.channel.clone(), found.key.clone()), Some(found.id));
            world.threads.load(found.id, Some(found));
        }
        keys.open_threads.iter().for_each(|key| world.open_threads.load(key.clone(), None));
    }
    if !keys.reply_tokens.is_empty() {
        let values = keys.reply_tokens.iter().map(|token| vec![Value::from(token.clone())]);
        for row in BY_TOKEN.rows::<thread::Entity>(db, &account, &[Column::ReplyToken], values).await? {
            let found = Thread::from_row(row)?;
            world.reply_tokens.load(found.reply_token.clone(), Some(found.id));
            world.threads.load(found.id, Some(found));
        }
        keys.reply_tokens.iter().for_each(|key| world.reply_tokens.load(key.clone(), None));
    }
    if !keys.threads.is_empty() {
        let values = uuids(keys.threads.iter().map(|t| t.0));
        for row in BY_ID.rows::<thread::Entity>(db, &account, &[Column::Id], values).await? {
            let found = Thread::from_row(row)?;
            world.threads.load(found.id, Some(found));
        }
        keys.threads.iter().for_each(|key| world.threads.load(*key, None));
    }
    threads_of(db, world, keys).await
}

async fn threads_of(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use thread::Column;
    static OF_CONVERSATION: Lookup = Lookup::new();
    if keys.threads_of.is_empty() {
        return Ok(());
    }
    let values = uuids(keys.threads_of.iter().map(|c| c.0));
    let mut rows =
        OF_CONVERSATION.rows::<thread::Entity>(db, &world.account.id, &[Column::ConversationId], values).await?;
    rows.sort_by_key(|row| row.id);
    let mut lists: std::collections::BTreeMap<ConversationId, Vec<ThreadId>> =
        keys.threads_of.iter().map(|id| (*id, Vec::new())).collect();
    for row in rows {
        let found = Thread::from_row(row)?;
        lists.entry(found.conversation).or_default().push(found.id);
        world.threads.load(found.id, Some(found));
    }
    for (id, list) in lists {
        world.threads_of.load(id, Some(list));
    }
    Ok(())
}

pub(super) async fn conversations(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use conversation::Column;
    static BY_ID: Lookup = Lookup::new();
    if !keys.conversations.is_empty() {
        let values = uuids(keys.conversations.iter().map(|c| c.0));
        for row in BY_ID.rows::<conversation::Entity>(db, &world.account.id, &[Column::Id], values).await? {
            let found = Conversation::from_row(row)?;
            world.conversations.load(found.id, Some(found));
        }
        keys.conversations.iter().for_each(|key| world.conversations.load(*key, None));
    }
    Ok(())
}

pub(super) async fn contacts(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use contact::Column;
    static BY_ID: Lookup = Lookup::new();
    let mut wanted: Vec<ContactId> = keys.contacts.iter().copied().collect();
    // A merged contact comes with the whole chain after it; what is known is not read again, so it ends.
    while !wanted.is_empty() {
        let values = uuids(wanted.iter().map(|c| c.0));
        let rows = BY_ID.rows::<contact::Entity>(db, &world.account.id, &[Column::Id], values).await?;
        let mut next = Vec::new();
        for row in rows {
            let gone = row.delete_time.is_some();
            let found = Contact::from_row(row)?;
            match found.merged_into {
                Some(other) => {
                    world.records.merged.load(found.id, Some(other));
                    next.push(other);
                }
                None if gone => {}
                None => world.contacts.load(found.id, Some(found)),
            }
        }
        for key in wanted {
            world.contacts.load(key, None);
        }
        wanted = next.into_iter().filter(|id| !world.contacts.knows(id)).collect();
    }
    Ok(())
}

pub(super) async fn tickets(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use ticket::Column;
    static BY_NUMBER: Lookup = Lookup::new();
    let account = world.account.id.clone();
    let mut wanted: Vec<TicketNumber> = keys.tickets.iter().copied().collect();
    // A merged ticket comes with the whole chain after it (C-017); what is known is not read again, so it ends.
    while !wanted.is_empty() {
        let values: Vec<_> = wanted.iter().map(|number| vec![Value::from(number.0)]).collect();
        let mut next = Vec::new();
        for row in BY_NUMBER.rows::<ticket::Entity>(db, &account, &[Column::Number], values).await? {
            let found = Ticket::from_row(row)?;
            next.extend(found.life.merged_into);
            world.tickets.load(found.number, Some(found));
        }
        for key in wanted {
            world.tickets.load(key, None);
        }
        wanted = next.into_iter().filter(|number| !world.tickets.knows(number)).collect();
    }
    for (user, after) in &keys.open_tickets_of {
        let query = ticket::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::OwnerId.eq(user.as_str()))
            .filter(Column::Open.eq(true))
            .filter(Column::Number.gt(after.0))
            .order_by_asc(Column::Number)
            .limit(OWNED_AT_ONCE as u64 + 1);
        let mut numbers = std::collections::BTreeSet::new();
        for row in query.all(db).await? {
            let found = Ticket::from_row(row)?;
            numbers.insert(found.number);
            world.tickets.load(found.number, Some(found));
        }
        world.open_tickets_of.load((user.clone(), *after), Some(numbers));
    }
    Ok(())
}

async fn tickets_of_teams(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use ticket_team::Column;
    for team in &keys.ticket_of_team {
        let one = ticket_team::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::TeamId.eq(team.as_str()))
            .order_by_asc(Column::Number)
            .one(db)
            .await?;
        let number = match one {
            Some(row) => Some(TicketNumber(row.number)),
            None => load_life::ticket_shared_with_team(db, &world.account.id, team).await?,
        };
        world.ticket_of_team.load(team.clone(), number);
    }
    Ok(())
}

async fn conversations_of_channels(
    db: &impl ConnectionTrait,
    world: &mut World,
    keys: &Keys,
) -> Result<(), StoreError> {
    use thread::Column;
    for channel in &keys.conversation_of_channel {
        // Every conversation has a thread on the channel it began on, and may have others elsewhere.
        let one = thread::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::ChannelId.eq(channel.as_str()))
            .one(db)
            .await?;
        world.conversation_of_channel.load(channel.clone(), one.map(|row| ConversationId(row.conversation_id)));
    }
    Ok(())
}

async fn cookies_of(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use contact_cookie::Column;
    for contact in &keys.cookies_of {
        let rows = contact_cookie::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::ContactId.eq(contact.0))
            .all(db)
            .await?;
        world.cookies_of.load(*contact, Some(rows.into_iter().map(|row| row.cookie_hash).collect()));
    }
    Ok(())
}

async fn messages(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use message::Column;
    static BY_ID: Lookup = Lookup::new();
    if keys.messages.is_empty() {
        return Ok(());
    }
    let values = uuids(keys.messages.iter().map(|m| m.0));
    for row in BY_ID.rows::<message::Entity>(db, &world.account.id, &[Column::Id], values).await? {
        let found = Message::from_row(row)?;
        world.messages.load(found.id, Some(found));
    }
    keys.messages.iter().for_each(|key: &MessageId| world.messages.load(*key, None));
    Ok(())
}
