//! The rows behind a credential: one statement per call at most (A3, `storage/principals.rs`).

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryResult, QuerySelect, QueryTrait,
    Statement, Value,
};

use super::super::dialect::{self, PerBackend};
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
    let read = read_user(store, account, id);
    match store.callers() {
        Some(callers) => callers.users.now_or_read(&callers.generation, (account, id.as_str()), read).await,
        None => read.await,
    }
}

/// A machine credential and the account.
///
/// # Errors
/// The database's.
pub async fn key(store: &Store, account: &AccountId, id: &AccessKeyId) -> Result<Option<KeyRows>, StoreError> {
    let read = read_key(store, account, id);
    match store.callers() {
        Some(callers) => callers.keys.now_or_read(&callers.generation, (account, id.as_str()), read).await,
        None => read.await,
    }
}

async fn read_user(store: &Store, account: &AccountId, id: &UserId) -> Result<Option<UserRows>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let backend = store.backend();
    let sql = SQL.get(store.backend(), || {
        let teams = dialect::joined(
            backend,
            "m.team_id",
            "team_member m",
            "m.account_id = account_user.account_id AND m.user_id = account_user.id",
        );
        account_user::Entity::find()
            .find_also(account_user::Entity, account::Entity)
            .filter(account_user::Column::AccountId.eq("?"))
            .filter(account_user::Column::Id.eq("?"))
            .expr_as(Expr::cust(teams), "teams")
            .build(backend)
            .sql
    });
    let Some(row) = one(store, sql, [account.as_str().into(), id.as_str().into()]).await? else { return Ok(None) };
    let user = User::from_row(account_user::Model::from_query_result(&row, "A_")?)?;
    let account = Account::from_row(account::Model::from_query_result(&row, "B_")?)?;
    let teams: Option<String> = row.try_get("", "teams")?;
    let teams = teams.unwrap_or_default();
    let teams = teams.split(',').filter(|id| !id.is_empty()).map(|id| TeamId::stored(id.to_owned())).collect();
    Ok(Some((account, user, teams)))
}

async fn read_key(store: &Store, account: &AccountId, id: &AccessKeyId) -> Result<Option<KeyRows>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let sql = SQL.get(store.backend(), || {
        access_key::Entity::find()
            .find_also(access_key::Entity, account::Entity)
            .filter(access_key::Column::AccountId.eq("?"))
            .filter(access_key::Column::Id.eq("?"))
            .build(store.backend())
            .sql
    });
    let Some(row) = one(store, sql, [account.as_str().into(), id.as_str().into()]).await? else { return Ok(None) };
    let key = AccessKey::from_row(access_key::Model::from_query_result(&row, "A_")?)?;
    Ok(Some((Account::from_row(account::Model::from_query_result(&row, "B_")?)?, key)))
}

async fn one(store: &Store, sql: &str, values: [Value; 2]) -> Result<Option<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
    Ok(store.reader().query_one_raw(statement).await?)
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
