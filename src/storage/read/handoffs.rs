//! Reading hand-offs. Who may see one is judged by the caller of these.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use super::super::dialect::among;
use super::super::filter_sql::{self, condition};
use super::super::rows::{Stored, conversation, handoff};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use super::said::Viewer;
use crate::domain::control::Party;
use crate::domain::filter::schema::HandoffField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::handoff::{Handoff, State};
use crate::domain::ids::{AccountId, ConversationId, CustomerAgentId, HandoffId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::time::Timestamp;

/// One hand-off, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: HandoffId) -> Result<Option<Handoff>, StoreError> {
    let row = handoff::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Handoff::from_row).transpose()?)
}

/// Whose hand-offs.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Of the conversations that a caller sees, and those that are offered to the caller.
    Viewer(Viewer<'a>),
    /// Those that a customer agent asked for, and those that it got back.
    Agent(&'a AccountId, &'a CustomerAgentId),
}

/// One page of hand-offs, by the time they were asked for.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    of: Of<'_>,
    plan: &Plan<HandoffField>,
    (field, direction): (HandoffField, Direction),
    page: &PageRequest,
) -> Result<Page<Handoff>, StoreError> {
    use handoff::Column as C;
    let select = within(store, of).filter(condition(plan, filter_sql::handoff, store.backend()));
    let keys = match field {
        HandoffField::UpdateTime => vec![Key::column(C::UpdateTime), Key::column(C::Id)],
        // Ids are made in the order of time.
        _ => vec![Key::column(C::Id)],
    };
    page::fetch(store, select, &keys, direction, page).await
}

/// Hand-offs of a caller: those that are open, by id, after one; or these.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// So many open ones, after this id.
    Open(uuid::Uuid, u64),
    /// These, whatever their state.
    These(&'a [HandoffId]),
    /// Those of these conversations that changed at a time or later, whatever their state.
    Since(&'a [ConversationId], Timestamp),
}

/// Some hand-offs of a caller, by id.
///
/// # Errors
/// The database's.
pub async fn some(store: &Store, of: Of<'_>, which: Which<'_>) -> Result<Vec<Handoff>, StoreError> {
    use handoff::Column as C;
    let mut select = within(store, of);
    select = match which {
        // Written out, because the partial index serves no comparison with a parameter.
        Which::Open(after, limit) => select
            .filter(Expr::cust(
                "\"handoff\".\"state\" IN ('requested', 'offered', 'accepting', 'queued_async', 'human_active')",
            ))
            .filter(C::Id.gt(after))
            .limit(limit),
        Which::These(ids) => select.filter(among(store.backend(), C::Id, ids.iter().map(|id| Value::from(id.0)))),
        Which::Since(conversations, since) => {
            let ids = conversations.iter().map(|id| Value::from(id.0));
            select.filter(among(store.backend(), C::ConversationId, ids)).filter(C::UpdateTime.gte(since.as_micros()))
        }
    };
    let rows = select.order_by_asc(C::Id).all(store.reader()).await?;
    Ok(rows.into_iter().map(Handoff::from_row).collect::<Result<_, _>>()?)
}

fn within(store: &Store, of: Of<'_>) -> Select<handoff::Entity> {
    use handoff::Column as C;
    let (account, own) = match of {
        Of::Viewer(viewer) => (viewer.account, seen(store, viewer)),
        Of::Agent(account, agent) => {
            let source = Party::Agent(agent.clone()).code();
            (account, Condition::any().add(C::Source.eq(source)).add(C::ReturnedTo.eq(agent.as_str())))
        }
    };
    handoff::Entity::find().filter(C::AccountId.eq(account.as_str())).filter(own)
}

/// Those of the conversations that a person sees, and what the person is asked to take.
fn seen(store: &Store, viewer: Viewer<'_>) -> Condition {
    use handoff::Column as C;
    let seen = viewer.of_conversations(store.backend(), C::ConversationId, None);
    match &viewer.rights.user {
        Some(user) if !viewer.sees_all() => {
            let offered = Condition::all().add(C::State.eq(State::Offered.code())).add(C::UserId.eq(user.as_str()));
            Condition::any().add(seen).add(offered)
        }
        _ => seen,
    }
}

/// When the next hand-off of an account is due, or a held place is let go of.
///
/// # Errors
/// The database's.
pub async fn next_due(store: &Store, account: &AccountId) -> Result<Option<Timestamp>, StoreError> {
    use handoff::Column as C;
    let next: Option<i64> = handoff::Entity::find()
        .select_only()
        .column(C::DueTime)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::DueTime.is_not_null())
        .order_by_asc(C::DueTime)
        .limit(1)
        .into_tuple()
        .one(store.reader())
        .await?;
    let held: Option<i64> = conversation::Entity::find()
        .select_only()
        .column(conversation::Column::HeldUntil)
        .filter(conversation::Column::AccountId.eq(account.as_str()))
        .filter(conversation::Column::HeldUntil.is_not_null())
        .order_by_asc(conversation::Column::HeldUntil)
        .limit(1)
        .into_tuple()
        .one(store.reader())
        .await?;
    Ok(next.into_iter().chain(held).min().map(Timestamp::from_micros))
}
