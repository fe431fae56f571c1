//! The rows behind a credential (A3): read with each call, in one statement that calls at the same time share. A sole
//! server keeps them until they change.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryResult, QuerySelect, QueryTrait, Statement, Value,
};

use super::super::dialect::{self, PerBackend, packed, tuple_among};
use super::super::remember::Memory;
use super::super::rows::{Stored, access_key, account, account_user};
use super::super::{Store, StoreError};
use crate::domain::account::Account;
use crate::domain::ids::{AccessKeyId, AccountId, TeamId, UserId};
use crate::domain::user::{AccessKey, User};

/// A person with account and teams.
pub type UserRows = (Account, User, BTreeSet<TeamId>);

/// A machine credential with its account.
pub type KeyRows = (Account, AccessKey);

/// A person, the account and the person's teams.
///
/// # Errors
/// The database's.
pub async fn user(store: &Store, account: &AccountId, id: &UserId) -> Result<Option<UserRows>, StoreError> {
    let key = (account.clone(), id.clone());
    known(store, &store.shared().known_users, account, id, store.shared().users.one(key, |keys| users(store, keys)))
        .await
}

/// A machine credential and the account.
///
/// # Errors
/// The database's.
pub async fn key(store: &Store, account: &AccountId, id: &AccessKeyId) -> Result<Option<KeyRows>, StoreError> {
    let key = (account.clone(), id.clone());
    known(store, &store.shared().known_keys, account, id, store.shared().keys.one(key, |wanted| keys(store, wanted)))
        .await
}

/// What is known of a caller, or else what `read` finds. The moment is taken before `read` begins.
async fn known<K: Eq + Hash + Clone, V: Clone>(
    store: &Store,
    memory: &Memory<K, V>,
    account: &AccountId,
    id: &K,
    read: impl Future<Output = Result<Option<V>, StoreError>>,
) -> Result<Option<V>, StoreError> {
    if !store.is_sole() {
        return read.await;
    }
    let since = match memory.find(account, id) {
        Ok(rows) => return Ok(Some(rows)),
        Err(since) => since,
    };
    let rows = read.await?;
    if let Some(rows) = &rows {
        memory.keep(account, id.clone(), rows.clone(), since);
    }
    Ok(rows)
}

async fn users(
    store: &Store,
    wanted: Vec<(AccountId, UserId)>,
) -> Result<HashMap<(AccountId, UserId), UserRows>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let backend = store.backend();
    let columns = [account_user::Column::AccountId, account_user::Column::Id];
    let sql = SQL.get(backend, || {
        let teams = dialect::joined(
            backend,
            "m.team_id",
            "team_member m",
            "m.account_id = account_user.account_id AND m.user_id = account_user.id",
        );
        account_user::Entity::find()
            .find_also(account_user::Entity, account::Entity)
            .filter(tuple_among(backend, &columns, []))
            .expr_as(Expr::cust(teams), "teams")
            .build(backend)
            .sql
    });
    let tuples = wanted.iter().map(|(account, id)| vec![account.as_str().into(), id.as_str().into()]);
    let mut found = HashMap::new();
    for row in all(store, sql, packed(backend, &columns, tuples)).await? {
        let user = User::from_row(account_user::Model::from_query_result(&row, "A_")?)?;
        let account = Account::from_row(account::Model::from_query_result(&row, "B_")?)?;
        let teams: Option<String> = row.try_get("", "teams")?;
        let teams = teams.unwrap_or_default();
        let teams = teams.split(',').filter(|id| !id.is_empty()).map(|id| TeamId::stored(id.to_owned())).collect();
        found.insert((account.id.clone(), user.id.clone()), (account, user, teams));
    }
    Ok(found)
}

async fn keys(
    store: &Store,
    wanted: Vec<(AccountId, AccessKeyId)>,
) -> Result<HashMap<(AccountId, AccessKeyId), KeyRows>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let backend = store.backend();
    let columns = [access_key::Column::AccountId, access_key::Column::Id];
    let sql = SQL.get(backend, || {
        access_key::Entity::find()
            .find_also(access_key::Entity, account::Entity)
            .filter(tuple_among(backend, &columns, []))
            .build(backend)
            .sql
    });
    let tuples = wanted.iter().map(|(account, id)| vec![account.as_str().into(), id.as_str().into()]);
    let mut found = HashMap::new();
    for row in all(store, sql, packed(backend, &columns, tuples)).await? {
        let key = AccessKey::from_row(access_key::Model::from_query_result(&row, "A_")?)?;
        let account = Account::from_row(account::Model::from_query_result(&row, "B_")?)?;
        found.insert((account.id.clone(), key.id.clone()), (account, key));
    }
    Ok(found)
}

async fn all(store: &Store, sql: &str, wanted: Value) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(store.backend(), sql, [wanted]);
    Ok(store.reader().query_all_raw(statement).await?)
}

impl sea_orm::Related<account::Entity> for account_user::Entity {
    fn to() -> sea_orm::RelationDef {
        Self::belongs_to(account::Entity).from(account_user::Column::AccountId).to(account::Column::Id).into()
    }
}

impl sea_orm::Related<account::Entity> for access_key::Entity {
    fn to() -> sea_orm::RelationDef {
        Self::belongs_to(account::Entity).from(access_key::Column::AccountId).to(account::Column::Id).into()
    }
}
