//! One page of a list, found by the order values of the row before it (decision T5).
//!
//! The place is one row value, `(update_time, number) < (?, ?)`, which an index on these columns answers at any depth;
//! an OFFSET reads everything before it, and so does an OR of single comparisons on PostgreSQL.

use sea_orm::sea_query::{Expr, ExprTrait, Order, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

use super::super::rows::Stored;
use super::super::{Store, StoreError};
use crate::domain::filter::Direction;
use crate::domain::page::{Page, PageRequest, Place};

type PlaceIn<M> = dyn Fn(&M) -> Option<Place> + Send + Sync;

/// One value that a list is ordered by. It is never NULL: no row value would compare with it.
pub struct Key<E: EntityTrait> {
    sql: SimpleExpr,
    place: Box<PlaceIn<E::Model>>,
}

impl<E: EntityTrait> std::fmt::Debug for Key<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.sql)
    }
}

impl<E> Key<E>
where
    E: EntityTrait<Model: ModelTrait<Entity = E>>,
{
    /// A column of whole numbers, text or UUIDs that is never NULL.
    pub fn column(column: E::Column) -> Self {
        let sql = SimpleExpr::col(column.as_column_ref());
        Self { sql, place: Box::new(move |row| place(row.get(column))) }
    }

    /// A value that SQL computes and `place` finds in a row.
    pub fn computed(sql: SimpleExpr, place: impl Fn(&E::Model) -> Place + Send + Sync + 'static) -> Self {
        Self { sql, place: Box::new(move |row| Some(place(row))) }
    }
}

/// Rows that one statement reads: a page of large ones is cut before all of it is in memory.
const STEP: usize = 64;
/// What an entry of an answer has beside the texts of its row, in bytes: names, times, numbers.
const FRAME: usize = 512;

/// Reads one page of `select`, which is filtered (by account at least) and not yet ordered or limited. It ends early
/// where it would grow over its bytes (L-02).
///
/// `keys` order the list, all in the same `direction`; the last of them is unique within the select.
///
/// # Errors
/// The database's.
pub async fn fetch<V: Stored>(
    store: &Store,
    select: Select<V::Table>,
    keys: &[Key<V::Table>],
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<V>, StoreError> {
    let mut found = Found { rows: Vec::new(), bytes: 0, more: false };
    let mut after = page.after.clone();
    loop {
        // One more than asked for tells whether anything follows.
        let wanted = (page.size as usize + 1 - found.rows.len()).min(STEP);
        let select = ordered(select.clone(), keys, direction, after.as_deref());
        let rows = select.limit(wanted as u64).all(store.reader()).await?;
        let last = rows.len() < wanted;
        found.take::<V::Table>(rows, page);
        if last || found.more {
            break;
        }
        after = found.rows.last().map(|row| places(keys, row)).transpose()?;
    }
    let next = match found.rows.last().filter(|_| found.more) {
        Some(last) => Some(places(keys, last)?),
        None => None,
    };
    let items = found.rows.into_iter().map(V::from_row).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// The rows of a page so far.
struct Found<M> {
    rows: Vec<M>,
    bytes: usize,
    /// Something follows that has no room.
    more: bool,
}

impl<M> Found<M> {
    fn take<E: EntityTrait<Model = M>>(&mut self, rows: Vec<M>, page: &PageRequest)
    where
        M: ModelTrait<Entity = E>,
    {
        for row in rows {
            let bytes = self.bytes + weight::<E>(&row);
            self.more = self.rows.len() == page.size as usize || (!self.rows.is_empty() && bytes > page.bytes);
            if self.more {
                return;
            }
            self.bytes = bytes;
            self.rows.push(row);
        }
    }
}

/// About how many bytes a row takes in an answer; what is only searched in, `…_folded`, is in none.
fn weight<E: EntityTrait>(row: &E::Model) -> usize
where
    E::Model: ModelTrait<Entity = E>,
{
    let told = E::Column::iter().filter(|column| !column.as_str().ends_with("_folded"));
    let texts = told.map(|column| match row.get(column) {
        Value::String(Some(text)) => text.len(),
        Value::Bytes(Some(bytes)) => bytes.len(),
        _ => 0,
    });
    FRAME + texts.sum::<usize>()
}

pub(super) fn ordered<E: EntityTrait>(
    select: Select<E>,
    keys: &[Key<E>],
    direction: Direction,
    after: Option<&[Place]>,
) -> Select<E> {
    let order = if direction == Direction::Ascending { Order::Asc } else { Order::Desc };
    let ordered = keys.iter().fold(select, |select, key| select.order_by(key.sql.clone(), order.clone()));
    let Some(after) = after else { return ordered };
    let here: SimpleExpr = Expr::tuple(keys.iter().map(|key| key.sql.clone()));
    let last: SimpleExpr = Expr::tuple(after.iter().map(|place| SimpleExpr::value(value(place))));
    ordered.filter(if direction == Direction::Ascending { here.gt(last) } else { here.lt(last) })
}

fn places<E: EntityTrait>(keys: &[Key<E>], row: &E::Model) -> Result<Vec<Place>, StoreError> {
    let all: Option<Vec<Place>> = keys.iter().map(|key| (key.place)(row)).collect();
    all.ok_or_else(|| StoreError::Unusable("a list is ordered by a column that cannot be".to_owned()))
}

fn place(value: Value) -> Option<Place> {
    match value {
        Value::BigInt(number) => number.map(Place::Number),
        Value::String(text) => text.map(Place::Text),
        Value::Uuid(id) => id.map(Place::Id),
        _ => None,
    }
}

fn value(place: &Place) -> Value {
    match place {
        Place::Number(number) => (*number).into(),
        Place::Text(text) => text.as_str().into(),
        Place::Id(id) => (*id).into(),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::storage::rows::ticket;

    #[test]
    fn a_page_begins_behind_a_row_value_in_the_order_of_the_list() {
        let keys = || [Key::column(ticket::Column::UpdateTime), Key::column(ticket::Column::Number)];
        let after = [Place::Number(7), Place::Number(3)];
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let sql = |direction, after| {
                ordered(ticket::Entity::find(), &keys(), direction, after).build(backend).to_string()
            };
            let down = sql(Direction::Descending, Some(&after[..]));
            let tail = concat!(
                r#" WHERE ("ticket"."update_time", "ticket"."number") < (7, 3)"#,
                r#" ORDER BY "ticket"."update_time" DESC, "ticket"."number" DESC"#
            );
            assert!(down.ends_with(tail), "{down}");
            let first = sql(Direction::Ascending, None);
            assert!(first.ends_with(r#"ORDER BY "ticket"."update_time" ASC, "ticket"."number" ASC"#), "{first}");
            assert!(!first.contains("WHERE"), "{first}");
        }
    }
}
