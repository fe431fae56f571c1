//! Reading what a person is told, as far as the person may see what it is about now (A2).

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value};
use uuid::Uuid;

use super::super::dialect::among;
use super::super::filter_sql::{self, condition};
use super::super::rows::{Stored, access_key, account_user, conversation, customer_agent, notification, ticket};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use super::said::Viewer;
use super::scope;
use crate::domain::access::{Level, Rights, Use};
use crate::domain::event::Actor;
use crate::domain::filter::schema::NotificationField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, ChannelId, NotificationId, UserId};
use crate::domain::notification::Notification;
use crate::domain::page::{Page, PageRequest};

/// Unread notifications are counted up to here.
pub const COUNTED: u64 = 1_000;

/// Whose notifications, and what the person sees.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The person.
    pub user: &'a UserId,
    /// What the person may do.
    pub rights: &'a Rights,
    /// Channels whose conversations without ticket are seen; none: all of them.
    pub channels: Option<&'a [ChannelId]>,
}

/// Which notifications a stream reads next.
#[derive(Debug, Clone, Copy)]
pub enum Span {
    /// Unread ones after this id.
    Unread {
        /// After this id.
        after: Uuid,
        /// At most so many.
        limit: u64,
    },
    /// What changed after this sequence and id.
    Changed {
        /// After this sequence.
        sequence: i64,
        /// And, in that sequence, after this id.
        after: Uuid,
        /// At most so many.
        limit: u64,
    },
}

/// A notification with the name of who brought it about.
type Named = (Notification, String);

impl Own<'_> {
    fn select(&self, backend: DbBackend) -> Select<notification::Entity> {
        use notification::Column as C;
        notification::Entity::find()
            .filter(C::AccountId.eq(self.account.as_str()))
            .filter(C::UserId.eq(self.user.as_str()))
            .filter(Expr::col((notification::Entity, C::Listed)))
            .filter(self.sight(backend))
    }

    fn sight(&self, backend: DbBackend) -> Condition {
        use notification::Column as C;
        if self.rights.view.level == Level::All && self.channels.is_none() {
            return Condition::all();
        }
        let tickets = Query::select()
            .column((ticket::Entity, ticket::Column::Number))
            .from(ticket::Entity)
            .and_where(ticket::Column::AccountId.eq(self.account.as_str()))
            .cond_where(scope::tickets(backend, self.account, self.rights, Use::View))
            .to_owned();
        // What was told before there was a ticket is judged by the ticket that there is now.
        let viewer = Viewer { account: self.account, rights: self.rights, channels: self.channels };
        let conversations = Query::select()
            .column((conversation::Entity, conversation::Column::Id))
            .from(conversation::Entity)
            .and_where(conversation::Column::AccountId.eq(self.account.as_str()))
            .cond_where(viewer.sight(backend))
            .to_owned();
        let without = Condition::all().add(C::TicketNumber.is_null()).add(C::ConversationId.in_subquery(conversations));
        Condition::any().add(C::TicketNumber.in_subquery(tickets)).add(without)
    }
}

fn unread_only() -> SimpleExpr {
    // Bare, so that the index over unread ones serves.
    Expr::col((notification::Entity, notification::Column::Read)).not()
}

/// One notification.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, own: Own<'_>, id: NotificationId) -> Result<Option<Named>, StoreError> {
    let row = own.select(store.backend()).filter(notification::Column::Id.eq(id.0)).one(store.reader()).await?;
    let found = row.map(Notification::from_row).transpose()?;
    Ok(named(store, own.account, found.into_iter().collect()).await?.pop())
}

/// One page, newest first.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    own: Own<'_>,
    plan: &Plan<NotificationField>,
    page: &PageRequest,
) -> Result<Page<Named>, StoreError> {
    let backend = store.backend();
    let select = own.select(backend).filter(condition(plan, filter_sql::notification, backend));
    // Ids are made in the order of time.
    let keys = [Key::column(notification::Column::Id)];
    let found: Page<Notification> = fetch(store, select, &keys, Direction::Descending, page).await?;
    Ok(Page { items: named(store, own.account, found.items).await?, next: found.next })
}

/// How many are unread, counted up to [`COUNTED`].
///
/// # Errors
/// The database's.
pub async fn unread(store: &Store, own: Own<'_>) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = own
        .select(store.backend())
        .filter(unread_only())
        .select_only()
        .column(notification::Column::Id)
        .limit(COUNTED)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(ids.len() as u64)
}

/// The next ones of a stream.
///
/// # Errors
/// The database's.
pub async fn span(store: &Store, own: Own<'_>, span: Span) -> Result<Vec<Named>, StoreError> {
    use notification::Column as C;
    let select = own.select(store.backend());
    let select = match span {
        Span::Unread { after, limit } => {
            select.filter(unread_only()).filter(C::Id.gt(after)).order_by_asc(C::Id).limit(limit)
        }
        Span::Changed { sequence, after, limit } => {
            let column = |column: C| SimpleExpr::col((notification::Entity, column));
            let here: SimpleExpr = Expr::tuple([column(C::ChangedSeq), column(C::Id)]);
            let last: SimpleExpr = Expr::tuple([SimpleExpr::value(sequence), SimpleExpr::value(after)]);
            select.filter(here.gt(last)).order_by_asc(C::ChangedSeq).order_by_asc(C::Id).limit(limit)
        }
    };
    let rows = select.all(store.reader()).await?;
    let found = rows.into_iter().map(Notification::from_row).collect::<Result<_, _>>()?;
    named(store, own.account, found).await
}

/// Adds the names of those who brought them about, as they are now.
async fn named(store: &Store, account: &AccountId, found: Vec<Notification>) -> Result<Vec<Named>, StoreError> {
    let users: BTreeSet<String> = found.iter().filter_map(|told| user_of(&told.actor)).collect();
    let keys: BTreeSet<String> = found.iter().filter_map(|told| key_of(&told.actor)).collect();
    let agents: BTreeSet<String> = found.iter().filter_map(|told| agent_of(&told.actor)).collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    if !users.is_empty() {
        use account_user::Column as C;
        let rows: Vec<(String, String)> = account_user::Entity::find()
            .select_only()
            .columns([C::Id, C::DisplayName])
            .filter(C::AccountId.eq(account.as_str()))
            .filter(among(store.backend(), C::Id, users.into_iter().map(Value::from)))
            .into_tuple()
            .all(store.reader())
            .await?;
        names.extend(rows.into_iter().map(|(id, name)| (Actor::User(UserId::stored(id)).code(), name)));
    }
    if !keys.is_empty() {
        use access_key::Column as C;
        let rows: Vec<(String, String)> = access_key::Entity::find()
            .select_only()
            .columns([C::Id, C::DisplayName])
            .filter(C::AccountId.eq(account.as_str()))
            .filter(among(store.backend(), C::Id, keys.into_iter().map(Value::from)))
            .into_tuple()
            .all(store.reader())
            .await?;
        names.extend(rows.into_iter().map(|(id, name)| (format!("key:{id}"), name)));
    }
    if !agents.is_empty() {
        use customer_agent::Column as C;
        let rows: Vec<(String, String)> = customer_agent::Entity::find()
            .select_only()
            .columns([C::Id, C::DisplayName])
            .filter(C::AccountId.eq(account.as_str()))
            .filter(among(store.backend(), C::Id, agents.into_iter().map(Value::from)))
            .into_tuple()
            .all(store.reader())
            .await?;
        names.extend(rows.into_iter().map(|(id, name)| (format!("agent:{id}"), name)));
    }
    let name = |told: &Notification| names.get(&told.actor.code()).cloned();
    Ok(found
        .into_iter()
        .map(|told| (name(&told).unwrap_or_else(|| told.actor.title().to_owned()), told))
        .map(|(n, t)| (t, n))
        .collect())
}

fn user_of(actor: &Actor) -> Option<String> {
    if let Actor::User(id) = actor { Some(id.to_string()) } else { None }
}

fn key_of(actor: &Actor) -> Option<String> {
    if let Actor::AccessKey(id) = actor { Some(id.to_string()) } else { None }
}

fn agent_of(actor: &Actor) -> Option<String> {
    if let Actor::CustomerAgent(id) = actor { Some(id.to_string()) } else { None }
}
