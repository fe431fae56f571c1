//! Finding many rows of an account by key, with one statement whose text is made once.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryTrait, Statement, Value};

use super::super::dialect::{PerBackend, packed};
use super::super::keyed::{find_by, values_of};
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
        let make = || find_by::<E>(backend, "", columns, [], self.only).build(backend).sql;
        let values = values_of(backend, account.as_str(), packed(backend, columns, keys));
        let found = Statement::from_sql_and_values(backend, self.text.get(backend, make), values);
        E::find().from_raw_sql(found).all(db).await
    }
}
