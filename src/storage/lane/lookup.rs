//! Finding many rows of an account by key, with one statement whose text is made once.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, QueryFilter, QueryTrait,
    Statement, Value,
};

use super::super::dialect::{PerBackend, packed, tuple_among};
use crate::domain::ids::AccountId;

/// A question that is asked with many keys at once. Each has a text of its own, so it belongs in a `static`.
#[derive(Debug)]
pub struct Lookup {
    text: PerBackend,
    only: Option<&'static str>,
}

impl Lookup {
    /// By a key that every row has.
    pub const fn new() -> Self {
        Self { text: PerBackend::new(), only: None }
    }

    /// By a key that only some rows have: `condition` repeats, to the letter, that of the partial index. Without it,
    /// or with a bound value in it, SQLite would read all rows of the account.
    pub const fn only_where(condition: &'static str) -> Self {
        Self { text: PerBackend::new(), only: Some(condition) }
    }

    /// The rows of `account` whose `columns` are one of `keys`, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn rows<E: EntityTrait>(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        columns: &[E::Column],
        keys: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<Vec<E::Model>, DbErr> {
        let backend = db.get_database_backend();
        let sql = self.text.get(backend, || self.make::<E>(backend, columns));
        let values = [account.as_str().into(), packed(backend, columns, keys)];
        E::find().from_raw_sql(Statement::from_sql_and_values(backend, sql, values)).all(db).await
    }

    fn make<E: EntityTrait>(&self, backend: DbBackend, columns: &[E::Column]) -> String {
        let owner = E::Column::iter().find(|column| column.as_str() == "account_id");
        let owner = owner.expect("every table that a lane reads belongs to accounts");
        let mut select = E::find().filter(owner.eq("?"));
        if let Some(condition) = self.only {
            select = select.filter(Expr::cust(condition));
        }
        select.filter(tuple_among(backend, columns, [])).build(backend).sql
    }
}
