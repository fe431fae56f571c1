//! Comments, whom they mention, what people are told, and views of tickets: reading and writing them.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::super::StoreError;
use super::super::dialect::RowsVerb;
use super::super::rows::{Stored, comment_mention, notification, ticket_view};
use super::super::write::write_rows;
use super::flush::{erase, save};
use super::keys::Keys;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::conversation::Comment;
use crate::domain::ids::{AccountId, CommentId, NotificationId, UserId};
use crate::domain::notification::Notification;
use crate::domain::view::TicketView;

/// Unread notifications that are marked in one call at most (W7).
const MARKED_AT_ONCE: u64 = 1_000;

/// Reads what an operation needs of notifications.
pub async fn load(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    views(db, world, keys).await?;
    notifications(db, world, keys).await?;
    unread(db, world, keys).await
}

async fn views(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    if !keys.views {
        return Ok(());
    }
    let account = world.account.id.as_str();
    let rows = ticket_view::Entity::find().filter(ticket_view::Column::AccountId.eq(account)).all(db).await?;
    let views = rows.into_iter().map(TicketView::from_row).collect::<Result<Vec<_>, _>>()?;
    world.views = Table::whole("ticket view", views.into_iter().map(|view| (view.id.clone(), view)));
    Ok(())
}

async fn notifications(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use notification::Column;
    static BY_ID: Lookup = Lookup::new();
    if keys.notifications.is_empty() {
        return Ok(());
    }
    let tuples = keys.notifications.iter().map(|(user, id)| vec![Value::from(user.to_string()), Value::from(id.0)]);
    let rows = BY_ID.rows::<notification::Entity>(db, &world.account.id, &[Column::UserId, Column::Id], tuples).await?;
    take(world, rows)?;
    keys.notifications.iter().for_each(|key| world.notifications.load(key.clone(), None));
    Ok(())
}

async fn unread(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use notification::Column;
    for user in &keys.unread_of {
        let rows = notification::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::UserId.eq(user.as_str()))
            // Bare, so that the index over unread ones serves.
            .filter(Expr::col(Column::Read).not())
            .filter(Expr::col(Column::Listed))
            .order_by_asc(Column::Id)
            .limit(MARKED_AT_ONCE)
            .all(db)
            .await?;
        let ids = take(world, rows)?;
        world.unread_of.load(user.clone(), Some(ids));
    }
    Ok(())
}

fn take(world: &mut World, rows: Vec<notification::Model>) -> Result<Vec<NotificationId>, StoreError> {
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let found = Notification::from_row(row)?;
        ids.push(found.id);
        world.notifications.load((found.user.clone(), found.id), Some(found));
    }
    Ok(ids)
}

/// Writes what the batches of a commit did to all this.
pub async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.views).await?;
    erase(db, worlds, |world| &world.views).await?;
    comments_and_mentions(db, worlds).await?;
    let (mut new, mut marked) = (Vec::new(), Vec::new());
    for world in worlds {
        // The batch's last event, so that a reader who has seen everything up to an event has missed no change before it.
        let (account, changed_seq) = (&world.account.id, world.head.last_event);
        let row = |told: &Notification| notification::Model { changed_seq, ..told.to_row(account) };
        let diff = world.notifications.diff();
        new.extend(diff.inserted.iter().map(|told| row(told)));
        marked.extend(diff.updated.iter().map(|(_, told)| row(told)));
    }
    write_rows::<notification::Entity>(db, RowsVerb::Insert, &new).await?;
    write_rows::<notification::Entity>(db, RowsVerb::Update, &marked).await
}

async fn comments_and_mentions(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut gone, mut new) = (BTreeMap::new(), BTreeMap::new());
    for world in worlds {
        let account = &world.account.id;
        let note = |rows: &mut BTreeMap<Mention, comment_mention::Model>, one: &Comment| {
            let row = |user: &UserId| ((account.clone(), user.clone(), one.id), mention(account, user, one.id));
            rows.extend(one.mentions.iter().map(row));
        };
        let diff = world.comments.diff();
        diff.inserted.iter().for_each(|one| note(&mut new, one));
        diff.deleted.iter().for_each(|one| note(&mut gone, one));
        for (before, after) in &diff.updated {
            note(&mut gone, before);
            note(&mut new, after);
        }
    }
    let kept: Vec<_> = gone.keys().filter(|key| new.contains_key(*key)).cloned().collect();
    for key in kept {
        gone.remove(&key);
        new.remove(&key);
    }
    let rows = |rows: BTreeMap<_, comment_mention::Model>| rows.into_values().collect::<Vec<_>>();
    write_rows::<comment_mention::Entity>(db, RowsVerb::Delete, &rows(gone)).await?;
    save(db, worlds, |world| &world.comments).await?;
    erase(db, worlds, |world| &world.comments).await?;
    write_rows::<comment_mention::Entity>(db, RowsVerb::Insert, &rows(new)).await
}

type Mention = (AccountId, UserId, CommentId);

fn mention(account: &AccountId, user: &UserId, comment: CommentId) -> comment_mention::Model {
    comment_mention::Model { account_id: account.to_string(), user_id: user.to_string(), comment_id: comment.0 }
}
