//! Rows of an account found by many keys at once, each by index.
//!
//! PostgreSQL expects a hundred keys, and of a table that it has no statistics of that an account has half a percent: reading
//! all of the account looks cheap then, and a prepared plan outlives that. So there each key is looked up by itself, in a
//! subquery that the planner may not turn around: it is LATERAL, and has an OFFSET.

use sea_orm::sea_query::{
    Alias, Asterisk, Condition, Expr, ExprTrait, Func, IntoIden, JoinType, Query, SelectStatement,
};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IdenStatic, Iterable, QueryFilter, QueryTrait, Select, Value};

use super::dialect::{packed, tuple_among, unpacked};

/// The keys, as the rows of a table.
const KEYS: &str = "k";

/// The rows of `account` of which `columns` are one of `keys`, in no order. `only` is the condition of a partial index, to the
/// letter and without values.
pub fn find_by<E: EntityTrait>(
    backend: DbBackend,
    account: &str,
    columns: &[E::Column],
    keys: impl IntoIterator<Item = Vec<Value>>,
    only: Option<&'static str>,
) -> Select<E> {
    let owner = E::Column::iter().find(|column| column.as_str() == "account_id");
    let owner = owner.expect("every table that is read by key belongs to accounts");
    let these = Condition::all().add(owner.eq(account)).add_option(only.map(Expr::cust));
    if backend != DbBackend::Postgres {
        return E::find().filter(these).filter(tuple_among(backend, columns, keys));
    }
    let same = |(index, column): (usize, &E::Column)| Expr::col(column.as_column_ref()).eq(key(index));
    let one = Query::select()
        .column(Asterisk)
        .from(E::default())
        .cond_where(these.add(all(columns.iter().enumerate().map(same))))
        .offset(0)
        .to_owned();
    let mut found = E::find();
    QueryTrait::query(&mut found).from_clear().from_subquery(rows(columns, keys), KEYS);
    behind(QueryTrait::query(&mut found), one, E::default().into_iden());
    found
}

/// Joins what a subquery finds for each row that is found before it, under the name `alias`.
pub fn behind(select: &mut SelectStatement, found: SelectStatement, alias: impl IntoIden) {
    select.join_lateral(JoinType::InnerJoin, found, alias, Condition::all());
}

/// The values of a statement of [`find_by`], in the order of its parameters.
pub fn values_of(backend: DbBackend, account: &str, keys: Value) -> Vec<Value> {
    match backend {
        DbBackend::Postgres => vec![keys, account.into(), Value::BigInt(Some(0))],
        _ => vec![account.into(), keys],
    }
}

fn all(conditions: impl Iterator<Item = Expr>) -> Condition {
    conditions.fold(Condition::all(), Condition::add)
}

fn key(index: usize) -> Expr {
    Expr::col((Alias::new(KEYS), Alias::new(format!("c{index}"))))
}

/// The packed keys of PostgreSQL, each once.
fn rows<C: ColumnTrait>(columns: &[C], keys: impl IntoIterator<Item = Vec<Value>>) -> SelectStatement {
    let json = Expr::cust_with_values("$1::json", [packed(DbBackend::Postgres, columns, keys)]);
    let mut rows = Query::select();
    rows.distinct().from_function(Func::cust("json_array_elements").arg(json), "d");
    for (name, value) in unpacked(columns) {
        rows.expr_as(Expr::cust(value), Alias::new(name));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::rows::{contact_point, message};

    #[test]
    fn postgres_looks_each_key_up_by_itself() {
        use contact_point::Column as P;
        let found = find_by::<contact_point::Entity>(DbBackend::Postgres, "?", &[P::Kind, P::Value], [], None);
        let text = found.build(DbBackend::Postgres).sql;
        let (keys, one) = text.split_once("LATERAL").expect("a subquery behind the keys");
        assert!(
            keys.contains("SELECT DISTINCT (d.value ->> 'c0')::text AS \"c0\", (d.value ->> 'c1')::text"),
            "{text}"
        );
        assert!(keys.contains("json_array_elements($1::json)"), "{text}");
        let by = "\"account_id\" = $2 AND (\"contact_point\".\"kind\" = \"k\".\"c0\" AND \"contact_point\".\"value\" = \"k\".\"c1\")";
        assert!(one.contains(by) && one.contains("OFFSET $3) AS \"contact_point\""), "{text}");
    }

    #[test]
    fn the_values_stand_in_the_order_of_the_parameters() {
        use message::Column as M;
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            let only = Some("\"message\".\"external_id\" IS NOT NULL");
            let found = find_by::<message::Entity>(backend, "acme", &[M::Id], [], only).build(backend);
            assert!(found.sql.contains("\"message\".\"external_id\" IS NOT NULL"));
            let values = found.values.expect("it has values").0;
            let own = values_of(backend, "acme", packed(backend, &[M::Id], []));
            assert_eq!(values.len(), own.len());
            for (one, other) in values.iter().zip(&own).take(2) {
                assert_eq!(one, other);
            }
        }
    }
}
