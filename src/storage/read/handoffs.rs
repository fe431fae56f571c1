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
use crate::domain::handoff::Handoff;
use crate::domain::ids::{AccountId, CustomerAgentId, HandoffId};
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
    /// Of the conversations that a caller sees.
    Viewer(Viewer<'a>),
    /// Those that a customer agent asked for.
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
    };
    let rows = select.order_by_asc(C::Id).all(store.reader()).await?;
    Ok(rows.into_iter().map(Handoff::from_row).collect::<Result<_, _>>()?)
}

fn within(store: &Store, of: Of<'_>) -> Select<handoff::Entity> {
    use handoff::Column as C;
    let (account, own) = match of {
        Of::Viewer(viewer) => (viewer.account, viewer.of_conversations(store.backend(), C::ConversationId, None)),
        Of::Agent(account, agent) => {
            let source = Party::Agent(agent.clone()).code();
            (account, Condition::all().add(C::Source.eq(source)))
        }
    };
    handoff::Entity::find().filter(C::AccountId.eq(account.as_str())).filter(own)
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
