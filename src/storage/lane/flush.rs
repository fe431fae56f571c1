//! Writing what a commit did: one multi-row statement per table, parents before children.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr};

use super::super::dialect::RowsVerb;
use super::super::rows::{
    Stored, account, account_head, agent_load, contact, contact_cookie, contact_point, job, lane_batch, request_record,
    ticket_tag, ticket_team,
};
use super::super::write::write_rows;
use super::content;
use super::table::Table;
use super::world::{Head, NewJob, RequestRecord, World};
use super::{expunge, flush_life, linked, records};
use crate::domain::contact::Point;
use crate::domain::ids::{ContactId, TeamId};

/// New and changed rows of one table, from every account of the commit.
pub(super) async fn save<K, V>(
    db: &impl ConnectionTrait,
    worlds: &[World],
    table: impl Fn(&World) -> &Table<K, V>,
) -> Result<(), DbErr>
where
    K: Eq + std::hash::Hash + Ord + Clone + std::fmt::Debug,
    V: Stored,
{
    let (mut inserted, mut updated) = (Vec::new(), Vec::new());
    for world in worlds {
        let (account, diff) = (&world.account.id, table(world).diff());
        inserted.extend(diff.inserted.iter().map(|now| now.to_row(account)));
        updated.extend(diff.updated.iter().map(|(_, now)| now.to_row(account)));
    }
    write_rows::<V::Table>(db, RowsVerb::Insert, &inserted).await?;
    write_rows::<V::Table>(db, RowsVerb::Update, &updated).await
}

/// Rows of one table that are gone, from every account of the commit.
pub(super) async fn erase<K, V>(
    db: &impl ConnectionTrait,
    worlds: &[World],
    table: impl Fn(&World) -> &Table<K, V>,
) -> Result<(), DbErr>
where
    K: Eq + std::hash::Hash + Ord + Clone + std::fmt::Debug,
    V: Stored,
{
    let mut gone = Vec::new();
    for world in worlds {
        gone.extend(table(world).diff().deleted.iter().map(|row| row.to_row(&world.account.id)));
    }
    write_rows::<V::Table>(db, RowsVerb::Delete, &gone).await
}

/// Writes everything that the batches of a commit did, one per account, and the id of the commit (W4, W8).
pub async fn flush(db: &impl ConnectionTrait, worlds: &[World], commit: uuid::Uuid) -> Result<(), DbErr> {
    let people_changed = worlds.iter().any(|world| world.people().changed());
    if people_changed {
        save(db, worlds, |world| &world.people().users).await?;
        save(db, worlds, |world| &world.people().teams).await?;
        erase(db, worlds, |world| &world.people().members).await?;
        save(db, worlds, |world| &world.people().members).await?;
        save(db, worlds, |world| &world.people().keys).await?;
        save(db, worlds, |world| &world.people().pipelines).await?;
        save(db, worlds, |world| &world.people().statuses).await?;
        save(db, worlds, |world| &world.people().channels).await?;
        save(db, worlds, |world| &world.people().properties).await?;
        save(db, worlds, |world| &world.people().forms).await?;
        erase(db, worlds, |world| &world.people().workflows).await?;
        save(db, worlds, |world| &world.people().workflows).await?;
        erase(db, worlds, |world| &world.people().skills).await?;
        save(db, worlds, |world| &world.people().skills).await?;
        erase(db, worlds, |world| &world.people().agents).await?;
        save(db, worlds, |world| &world.people().agents).await?;
    }
    super::leases::flush(db, worlds).await?;
    // Before anything is written anew: a new thread may bear the key of one that goes.
    expunge::all(db, worlds).await?;
    contacts(db, worlds).await?;
    records::flush(db, worlds).await?;
    super::automation::flush(db, worlds).await?;
    save(db, worlds, |world| &world.tickets).await?;
    ticket_lists(db, worlds).await?;
    flush_life::lists(db, worlds).await?;
    linked::flush(db, worlds).await?;
    save(db, worlds, |world| &world.conversations).await?;
    save(db, worlds, |world| &world.threads).await?;
    save(db, worlds, |world| &world.messages).await?;
    super::handoffs::flush(db, worlds).await?;
    super::told::flush(db, worlds).await?;
    super::calls::flush(db, worlds).await?;
    save(db, worlds, |world| &world.routing_versions).await?;
    content::flush(db, worlds).await?;
    save(db, worlds, |world| &world.decisions).await?;
    save(db, worlds, |world| &world.events).await?;
    loads(db, worlds).await?;
    requests(db, worlds).await?;
    jobs(db, worlds).await?;
    if people_changed {
        erase(db, worlds, |world| &world.people().channels).await?;
        erase(db, worlds, |world| &world.people().statuses).await?;
        erase(db, worlds, |world| &world.people().pipelines).await?;
        erase(db, worlds, |world| &world.people().teams).await?;
        erase(db, worlds, |world| &world.people().properties).await?;
    }
    heads(db, worlds, commit).await
}

async fn contacts(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.contacts).await?;
    points(db, worlds).await?;
    cookies(db, worlds).await?;
    let mut gone = Vec::new();
    for world in worlds {
        let deleted = world.contacts.diff().deleted.into_iter();
        gone.extend(deleted.map(|last| {
            let merged_into = world.records.merged.peek(&last.id).copied();
            contact::emptied(last, &world.account.id, world.now, merged_into)
        }));
    }
    write_rows::<contact::Entity>(db, RowsVerb::Update, &gone).await
}

async fn points(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for world in worlds {
        let row = |point: &Point, contact: &ContactId| contact_point::Model {
            account_id: world.account.id.to_string(),
            kind: point.kind.code().to_owned(),
            value: point.value.clone(),
            contact_id: contact.0,
        };
        for key in world.points.touched(0) {
            let (stored, now) = world.points.change(key);
            if stored != now {
                gone.extend(stored.map(|contact| row(key, contact)));
                come.extend(now.map(|contact| row(key, contact)));
            }
        }
    }
    write_rows::<contact_point::Entity>(db, RowsVerb::Delete, &gone).await?;
    write_rows::<contact_point::Entity>(db, RowsVerb::Insert, &come).await
}

async fn cookies(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut new, mut moved, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for world in worlds {
        for key in world.cookies.touched(0) {
            let row = |contact: &ContactId| contact_cookie::Model {
                account_id: world.account.id.to_string(),
                cookie_hash: key.clone(),
                contact_id: contact.0,
            };
            match world.cookies.change(key) {
                (None, Some(now)) => new.push(row(now)),
                (Some(stored), Some(now)) if stored != now => moved.push(row(now)),
                (Some(stored), None) => gone.push(row(stored)),
                _ => {}
            }
        }
    }
    write_rows::<contact_cookie::Entity>(db, RowsVerb::Delete, &gone).await?;
    write_rows::<contact_cookie::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<contact_cookie::Entity>(db, RowsVerb::Update, &moved).await
}

/// Keeps the search structures over teams and tags in step with the tickets.
async fn ticket_lists(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (none, no_tags) = (BTreeSet::new(), BTreeSet::new());
    let (mut team_gone, mut team_new, mut team_moved) = (vec![], vec![], vec![]);
    let (mut tag_gone, mut tag_new) = (vec![], vec![]);
    for world in worlds {
        let (account_id, diff) = (world.account.id.to_string(), world.tickets.diff());
        let inserted = diff.inserted.iter().map(|now| (None, *now));
        for (old, now) in inserted.chain(diff.updated.iter().map(|(old, now)| (Some(*old), *now))) {
            let team = |id: &TeamId| ticket_team::Model::new(account_id.clone(), id, now);
            let tag = |tag: &String| ticket_tag::Model {
                account_id: account_id.clone(),
                tag: tag.clone(),
                number: now.number.0,
            };
            let (old_teams, old_tags) = old.map_or((&none, &no_tags), |old| (&old.teams, &old.tags));
            team_gone.extend(old_teams.difference(&now.teams).map(team));
            team_new.extend(now.teams.difference(old_teams).map(team));
            let stays = old.is_some_and(|old| (old.open, old.owner.is_none()) == (now.open, now.owner.is_none()));
            if !stays {
                team_moved.extend(now.teams.intersection(old_teams).map(team));
            }
            tag_gone.extend(old_tags.difference(&now.tags).map(tag));
            tag_new.extend(now.tags.difference(old_tags).map(tag));
        }
    }
    write_rows::<ticket_team::Entity>(db, RowsVerb::Delete, &team_gone).await?;
    write_rows::<ticket_team::Entity>(db, RowsVerb::Insert, &team_new).await?;
    write_rows::<ticket_team::Entity>(db, RowsVerb::Update, &team_moved).await?;
    write_rows::<ticket_tag::Entity>(db, RowsVerb::Delete, &tag_gone).await?;
    write_rows::<ticket_tag::Entity>(db, RowsVerb::Insert, &tag_new).await
}

async fn loads(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for world in worlds {
        for (user, stored, now) in world.load_changes() {
            let row = agent_load::Model::new(world.account.id.to_string(), user, now, world.head.load_seq);
            if stored { moved.push(row) } else { new.push(row) }
        }
    }
    write_rows::<agent_load::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<agent_load::Entity>(db, RowsVerb::Update, &moved).await
}

async fn requests(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut new, mut again) = (Vec::new(), Vec::new());
    for world in worlds {
        let row = |record: &RequestRecord| request_record::Model {
            account_id: world.account.id.to_string(),
            caller: record.key.caller.clone(),
            method: record.key.method.clone(),
            request_id: record.key.request_id.clone(),
            request_hash: record.hash.clone(),
            answer: record.answer.clone(),
            expire_time: record.expire_time.as_micros(),
        };
        let diff = world.requests.diff();
        new.extend(diff.inserted.into_iter().map(row));
        again.extend(diff.updated.into_iter().map(|(_, now)| row(now)));
    }
    write_rows::<request_record::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<request_record::Entity>(db, RowsVerb::Update, &again).await
}

async fn jobs(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let mut rows: Vec<_> = worlds.iter().flat_map(|world| world.jobs.iter().map(|new| job_row(world, new))).collect();
    for world in worlds {
        rows.extend(super::waiting::wake(db, world).await?.iter().map(|new| job_row(world, new)));
    }
    write_rows::<job::Entity>(db, RowsVerb::Insert, &rows).await?;
    for world in worlds {
        if let Some(soonest) = world.jobs.iter().map(|job| job.due).min() {
            super::waiting::sooner_head(db, world, soonest).await?;
        }
    }
    Ok(())
}

fn job_row(world: &World, new: &NewJob) -> job::Model {
    job::Model {
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
    }
}

async fn heads(db: &impl ConnectionTrait, worlds: &[World], commit: uuid::Uuid) -> Result<(), DbErr> {
    let (mut accounts, mut heads, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for world in worlds {
        if world.account != world.stored_account {
            accounts.push(world.account.to_row(&world.account.id));
        }
        let Head { last_event, last_ticket, config_seq, load_seq, waiting, credits_used } = world.head;
        let account_id = world.account.id.to_string();
        heads.push(account_head::Model {
            account_id: account_id.clone(),
            last_event,
            last_ticket,
            config_seq,
            load_seq,
            waiting,
            credits_used,
        });
        commits.push(lane_batch::Model { account_id, id: commit, create_time: world.now.as_micros() });
    }
    write_rows::<account::Entity>(db, RowsVerb::Update, &accounts).await?;
    write_rows::<account_head::Entity>(db, RowsVerb::Update, &heads).await?;
    write_rows::<lane_batch::Entity>(db, RowsVerb::Insert, &commits).await
}
