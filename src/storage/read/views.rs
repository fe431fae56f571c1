//! Reading views that people made. There are at most as many as the quota allows, so they are read whole.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::rows::{Stored, team, ticket_view};
use super::super::{Store, StoreError};
use crate::domain::ids::{AccountId, TeamId};
use crate::domain::view::TicketView;

/// Every custom view of the account, by id, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn all(store: &Store, account: &AccountId) -> Result<Vec<TicketView>, StoreError> {
    use ticket_view::Column as C;
    let query = ticket_view::Entity::find().filter(C::AccountId.eq(account.as_str())).order_by_asc(C::Id);
    let rows = query.all(store.reader()).await?;
    Ok(rows.into_iter().map(TicketView::from_row).collect::<Result<_, _>>()?)
}

/// Every team of the account, by id.
///
/// # Errors
/// The database's.
pub async fn teams(store: &Store, account: &AccountId) -> Result<Vec<TeamId>, StoreError> {
    use team::Column as C;
    let ids: Vec<String> = team::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::AccountId.eq(account.as_str()))
        .order_by_asc(C::Id)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(ids.into_iter().map(TeamId::stored).collect())
}
