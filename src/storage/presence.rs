//! Leases of presence: renewed outside of lanes while they hold (W9); lanes write them where somebody comes or goes.

use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value};

use super::rows::presence_lease;
use super::{Store, StoreError};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::time::Timestamp;

/// Renews a lease that holds: it then runs out after `length`, or later if it did so already. Nothing where none holds.
///
/// # Errors
/// The database's.
pub async fn renew(
    store: &Store,
    account: &AccountId,
    user: &UserId,
    length: Duration,
) -> Result<Option<Timestamp>, StoreError> {
    let now = store.now(store.writer()).await?;
    let sql = "UPDATE presence_lease SET expire_time = CASE WHEN expire_time > $1 THEN expire_time ELSE $1 END \
               WHERE account_id = $2 AND user_id = $3 AND expire_time > $4 RETURNING expire_time";
    let values: [Value; 4] =
        [now.plus(length).as_micros().into(), account.as_str().into(), user.as_str().into(), now.as_micros().into()];
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
    let row = store.writer().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "expire_time")).transpose()?.map(Timestamp::from_micros))
}

/// When the next lease of an account runs out.
///
/// # Errors
/// The database's.
pub async fn next(store: &Store, account: &AccountId) -> Result<Option<Timestamp>, StoreError> {
    use presence_lease::Column as C;
    let first: Option<i64> = presence_lease::Entity::find()
        .select_only()
        .column(C::ExpireTime)
        .filter(C::AccountId.eq(account.as_str()))
        .order_by_asc(C::ExpireTime)
        .limit(1)
        .into_tuple()
        .one(store.reader())
        .await?;
    Ok(first.map(Timestamp::from_micros))
}
