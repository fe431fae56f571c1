//! Writing what a batch did: one multi-row statement per table, parents before children.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::super::dialect::RowsVerb;
use super::super::rows::{
    Stored, account, account_head, agent_load, contact_cookie, contact_point, job, job_head, lane_batch,
    request_record, ticket_tag, ticket_team,
};
use super::super::write::write_rows;
use super::table::{Diff, Table};
use super::world::{Head, World};
use crate::domain::ids::AccountId;
use crate::domain::ticket::Ticket;

type Row<V> = <<V as Stored>::Table as EntityTrait>::Model;

fn rows_of<V: Stored>(account: &AccountId, values: &[&V]) -> Vec<Row<V>> {
    values.iter().map(|value| value.to_row(account)).collect()
}

/// Writes new and changed rows of a table.
async fn save<K, V>(db: &impl ConnectionTrait, account: &AccountId, table: &Table<K, V>) -> Result<(), DbErr>
where
    K: Eq + std::hash::Hash + Ord + Clone + std::fmt::Debug,
    V: Stored,
{
    let diff = table.diff();
    let updated: Vec<&V> = diff.updated.iter().map(|(_, now)| *now).collect();
    write_rows::<V::Table>(db, RowsVerb::Insert, &rows_of(account, &diff.inserted)).await?;
    write_rows::<V::Table>(db, RowsVerb::Update, &rows_of(account, &updated)).await
}

async fn erase<K, V>(db: &impl ConnectionTrait, account: &AccountId, table: &Table<K, V>) -> Result<(), DbErr>
where
    K: Eq + std::hash::Hash + Ord + Clone + std::fmt::Debug,
    V: Stored,
{
    write_rows::<V::Table>(db, RowsVerb::Delete, &rows_of(account, &table.diff().deleted)).await
}

/// Writes everything, and the id of the batch (W4).
pub async fn flush(db: &impl ConnectionTrait, world: &World, batch: uuid::Uuid) -> Result<(), DbErr> {
    let account = &world.account.id;
    let people = world.people();
    if people.changed() {
        save(db, account, &people.users).await?;
        save(db, account, &people.teams).await?;
        erase(db, account, &people.members).await?;
        save(db, account, &people.members).await?;
        save(db, account, &people.keys).await?;
        save(db, account, &people.channels).await?;
    }
    contacts(db, world).await?;
    save(db, account, &world.tickets).await?;
    ticket_lists(db, account, &world.tickets.diff()).await?;
    save(db, account, &world.conversations).await?;
    save(db, account, &world.threads).await?;
    save(db, account, &world.messages).await?;
    super::told::flush(db, world).await?;
    save(db, account, &world.decisions).await?;
    save(db, account, &world.events).await?;
    loads(db, world).await?;
    requests(db, world).await?;
    jobs(db, world).await?;
    if people.changed() {
        erase(db, account, &people.channels).await?;
        erase(db, account, &people.teams).await?;
    }
    head(db, world, batch).await
}

async fn contacts(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    let account = &world.account.id;
    save(db, account, &world.contacts).await?;
    let point =
        |(point, contact): (&crate::domain::contact::Point, &crate::domain::ids::ContactId)| contact_point::Model {
            account_id: account.to_string(),
            kind: point.kind.code().to_owned(),
            value: point.value.clone(),
            contact_id: contact.0,
        };
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for key in world.points.touched(0) {
        match world.points.change(key) {
            (None, Some(now)) => come.push(point((key, now))),
            (Some(stored), None) => gone.push(point((key, stored))),
            (Some(stored), Some(now)) if stored != now => {
                gone.push(point((key, stored)));
                come.push(point((key, now)));
            }
            _ => {}
        }
    }
    write_rows::<contact_point::Entity>(db, RowsVerb::Delete, &gone).await?;
    write_rows::<contact_point::Entity>(db, RowsVerb::Insert, &come).await?;
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for key in world.cookies.touched(0) {
        let row = |contact: &crate::domain::ids::ContactId| contact_cookie::Model {
            account_id: account.to_string(),
            cookie_hash: key.clone(),
            contact_id: contact.0,
        };
        match world.cookies.change(key) {
            (None, Some(now)) => new.push(row(now)),
            (Some(stored), Some(now)) if stored != now => moved.push(row(now)),
            _ => {}
        }
    }
    write_rows::<contact_cookie::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<contact_cookie::Entity>(db, RowsVerb::Update, &moved).await
}

/// Keeps the search structures over teams and tags in step with the tickets.
async fn ticket_lists(db: &impl ConnectionTrait, account: &AccountId, diff: &Diff<'_, Ticket>) -> Result<(), DbErr> {
    let none = BTreeSet::new();
    let no_tags = BTreeSet::new();
    let (mut team_gone, mut team_new, mut tag_gone, mut tag_new) = (vec![], vec![], vec![], vec![]);
    let pairs =
        diff.inserted.iter().map(|now| (None, *now)).chain(diff.updated.iter().map(|(old, now)| (Some(*old), *now)));
    for (old, now) in pairs {
        let team = |id: &crate::domain::ids::TeamId| ticket_team::Model {
            account_id: account.to_string(),
            team_id: id.to_string(),
            number: now.number.0,
        };
        let tag = |tag: &String| ticket_tag::Model {
            account_id: account.to_string(),
            tag: tag.clone(),
            number: now.number.0,
        };
        let (old_teams, old_tags) = old.map_or((&none, &no_tags), |old| (&old.teams, &old.tags));
        team_gone.extend(old_teams.difference(&now.teams).map(team));
        team_new.extend(now.teams.difference(old_teams).map(team));
        tag_gone.extend(old_tags.difference(&now.tags).map(tag));
        tag_new.extend(now.tags.difference(old_tags).map(tag));
    }
    write_rows::<ticket_team::Entity>(db, RowsVerb::Delete, &team_gone).await?;
    write_rows::<ticket_team::Entity>(db, RowsVerb::Insert, &team_new).await?;
    write_rows::<ticket_tag::Entity>(db, RowsVerb::Delete, &tag_gone).await?;
    write_rows::<ticket_tag::Entity>(db, RowsVerb::Insert, &tag_new).await
}

async fn loads(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for (user, stored, now) in world.load_changes() {
        let row = agent_load::Model {
            account_id: world.account.id.to_string(),
            user_id: user.to_string(),
            open_tickets: now.open,
            last_auto: now.last_auto.map(crate::domain::time::Timestamp::as_micros),
            changed_seq: world.head.load_seq,
        };
        if stored { moved.push(row) } else { new.push(row) }
    }
    write_rows::<agent_load::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<agent_load::Entity>(db, RowsVerb::Update, &moved).await
}

async fn requests(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    let diff = world.requests.diff();
    let row = |record: &&super::world::RequestRecord| request_record::Model {
        account_id: world.account.id.to_string(),
        caller: record.key.caller.clone(),
        method: record.key.method.clone(),
        request_id: record.key.request_id.clone(),
        request_hash: record.hash.clone(),
        answer: record.answer.clone(),
        expire_time: record.expire_time.as_micros(),
    };
    let new: Vec<_> = diff.inserted.iter().map(row).collect();
    let again: Vec<_> = diff.updated.iter().map(|(_, now)| row(now)).collect();
    write_rows::<request_record::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<request_record::Entity>(db, RowsVerb::Update, &again).await
}

async fn jobs(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    let Some(soonest) = world.jobs.iter().map(|job| job.due).min() else { return Ok(()) };
    let rows: Vec<_> = world
        .jobs
        .iter()
        .map(|new| job::Model {
            account_id: world.account.id.to_string(),
            id: new.id,
            kind: new.kind.to_owned(),
            payload: new.payload.clone(),
            due_time: new.due.as_micros(),
            attempts: 0,
            fence: 0,
            lease_until: None,
            state: "waiting".to_owned(),
            last_error: String::new(),
            create_time: world.now.as_micros(),
        })
        .collect();
    write_rows::<job::Entity>(db, RowsVerb::Insert, &rows).await?;
    job_head::Entity::update_many()
        .col_expr(job_head::Column::NextDue, soonest.as_micros().into())
        .filter(job_head::Column::AccountId.eq(world.account.id.as_str()))
        .filter(job_head::Column::NextDue.gt(soonest.as_micros()))
        .exec(db)
        .await?;
    Ok(())
}

async fn head(db: &impl ConnectionTrait, world: &World, batch: uuid::Uuid) -> Result<(), DbErr> {
    if world.account != world.stored_account {
        write_rows::<account::Entity>(db, RowsVerb::Update, &[world.account.to_row(&world.account.id)]).await?;
    }
    let Head { last_event, last_ticket, config_seq, load_seq } = world.head;
    let account_id = world.account.id.to_string();
    let row = account_head::Model { account_id: account_id.clone(), last_event, last_ticket, config_seq, load_seq };
    write_rows::<account_head::Entity>(db, RowsVerb::Update, &[row]).await?;
    let row = lane_batch::Model { account_id, id: batch, create_time: world.now.as_micros() };
    write_rows::<lane_batch::Entity>(db, RowsVerb::Insert, &[row]).await
}
