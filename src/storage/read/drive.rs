//! Which tickets a filter can only let through, where that is a small set found by an index: tickets of a team, with a
//! tag or the value of a property, associated with a record, followed by somebody, on which somebody is mentioned. Then a
//! list reads these and sorts them; otherwise it walks the tickets in its order, and so many of them pass that a page is
//! soon full. Both are bounded whatever the account holds. What the caller may see is such a set, too, where it ends at
//! people and teams ([`reach`]).

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Select, Value};

use super::super::dialect::among;
use super::super::rows::{
    comment, comment_mention, conversation, ticket_follower, ticket_record, ticket_tag, ticket_team, ticket_value,
};
use super::super::{Store, StoreError};
use crate::domain::access::Rights;
use crate::domain::filter::schema::TicketField;
use crate::domain::filter::{Plan, Scalar, Test};
use crate::domain::ids::AccountId;

mod reach;

/// Tickets of a set at most that is read whole.
const FEW: usize = 1_000;

/// The numbers of a small set outside of which nothing is listed: by the filter, or by what the caller may see; none when
/// there is no such set.
pub async fn numbers(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    filter: &Plan<TicketField>,
) -> Result<Option<Vec<i64>>, StoreError> {
    let standing = Standing::of(filter);
    for (field, values) in sets(filter) {
        let numbers = members(store, account, field, values, standing).await?;
        if numbers.len() <= FEW {
            return Ok(Some(numbers));
        }
    }
    reach::numbers(store, account, rights, standing).await
}

/// What must hold of the owner and the state of a ticket, as far as lists by team tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Nothing.
    Any,
    /// It is open.
    Open,
    /// It is open and nobody has it.
    Free,
}

impl Standing {
    fn of(filter: &Plan<TicketField>) -> Self {
        let open =
            has(filter, &|plan| matches!(plan, Plan::Field(TicketField::State, Test::Equals(Scalar::Bool(true)))));
        let free = has(filter, &|plan| match plan {
            Plan::Not(inner) => {
                matches!(**inner, Plan::Field(TicketField::Owner, Test::Present | Test::NotEmpty))
            }
            _ => false,
        });
        match (open, free) {
            (true, true) => Self::Free,
            (true, false) => Self::Open,
            (false, _) => Self::Any,
        }
    }
}

/// Whether a condition stands among those that must hold.
fn has(filter: &Plan<TicketField>, wanted: &impl Fn(&Plan<TicketField>) -> bool) -> bool {
    match filter {
        Plan::And(parts) => parts.iter().any(|part| has(part, wanted)),
        other => wanted(other),
    }
}

/// Tickets in the lists of teams. The condition is that of the index, word for word, or SQLite does not use it.
fn of_teams(
    backend: DbBackend,
    account: &AccountId,
    teams: Vec<Value>,
    standing: Standing,
) -> Select<ticket_team::Entity> {
    use ticket_team::Column as C;
    let rows = ticket_team::Entity::find().filter(C::AccountId.eq(account.as_str()));
    let rows = rows.filter(among(backend, C::TeamId, teams));
    match standing {
        Standing::Any => rows,
        Standing::Open => rows.filter(c(C::Open)),
        Standing::Free => rows.filter(c(C::Free)),
    }
}

/// The conditions that must hold and that name members of a set.
fn sets(filter: &Plan<TicketField>) -> Vec<(TicketField, Vec<Value>)> {
    use TicketField as F;
    match filter {
        Plan::And(parts) => parts.iter().flat_map(sets).collect(),
        Plan::Field(
            field @ (F::Team
            | F::Tags
            | F::Follower
            | F::Mention
            | F::Contact
            | F::Company
            | F::Deal
            | F::Activity
            | F::Property(_)),
            test,
        ) => values(test).map(|values| (field.clone(), values)).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn values(test: &Test) -> Option<Vec<Value>> {
    let plain = |scalar: &Scalar| match scalar {
        Scalar::Text(word) => Some(Value::from(word.clone())),
        Scalar::Number(number) => Some(Value::from(*number)),
        Scalar::Uuid(id) => Some(Value::from(*id)),
        _ => None,
    };
    match test {
        Test::Equals(scalar) => plain(scalar).map(|value| vec![value]),
        Test::In(scalars) => scalars.iter().map(plain).collect(),
        _ => None,
    }
}

async fn members(
    store: &Store,
    account: &AccountId,
    field: TicketField,
    values: Vec<Value>,
    standing: Standing,
) -> Result<Vec<i64>, StoreError> {
    use ticket_value::Column as Said;
    use {ticket_follower::Column as Follower, ticket_tag::Column as Tag};
    let backend = store.backend();
    if field == TicketField::Team {
        let rows = of_teams(backend, account, values, standing);
        return read(store, rows, ticket_team::Column::Number).await;
    }
    let account = account.as_str();
    let numbers = match field {
        TicketField::Tags => {
            let rows = ticket_tag::Entity::find().filter(Tag::AccountId.eq(account));
            read(store, rows.filter(among(backend, Tag::Tag, values)), Tag::Number).await?
        }
        TicketField::Follower => {
            let rows = ticket_follower::Entity::find().filter(Follower::AccountId.eq(account));
            read(store, rows.filter(among(backend, Follower::UserId, values)), Follower::Number).await?
        }
        TicketField::Contact => linked(store, account, "contact", values).await?,
        TicketField::Company => linked(store, account, "company", values).await?,
        TicketField::Deal => linked(store, account, "deal", values).await?,
        TicketField::Activity => linked(store, account, "activity", values).await?,
        // Text is compared by pattern and never comes here: an exact test is of a choice, or of what is held as a number.
        TicketField::Property(property) => {
            let column = if property.kind.is_chosen() { Said::Item } else { Said::Scalar };
            let rows = ticket_value::Entity::find()
                .filter(Said::AccountId.eq(account))
                .filter(Said::PropertyId.eq(property.id.as_str()));
            read(store, rows.filter(among(backend, column, values)), Said::Number).await?
        }
        _ => {
            use {comment::Column as C, comment_mention::Column as M, conversation::Column as V};
            let on = |left: (SimpleExpr, SimpleExpr), right: (SimpleExpr, SimpleExpr)| {
                left.0.eq(left.1).and(right.0.eq(right.1))
            };
            let comments = on((c(M::AccountId), c(C::AccountId)), (c(M::CommentId), c(C::Id)));
            let conversations = on((c(C::AccountId), c(V::AccountId)), (c(C::ConversationId), c(V::Id)));
            let mut rows = comment_mention::Entity::find()
                .filter(M::AccountId.eq(account))
                .filter(among(backend, M::UserId, values))
                .filter(V::TicketNumber.is_not_null());
            sea_orm::QuerySelect::query(&mut rows)
                .inner_join(comment::Entity, comments)
                .inner_join(conversation::Entity, conversations);
            read(store, rows, V::TicketNumber).await?
        }
    };
    Ok(numbers)
}

async fn linked(store: &Store, account: &str, kind: &str, values: Vec<Value>) -> Result<Vec<i64>, StoreError> {
    use ticket_record::Column as Record;
    let rows = ticket_record::Entity::find().filter(Record::AccountId.eq(account)).filter(Record::Kind.eq(kind));
    read(store, rows.filter(among(store.backend(), Record::RecordId, values)), Record::Number).await
}

fn c(column: impl ColumnTrait) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}

async fn read<E: EntityTrait>(
    store: &Store,
    rows: Select<E>,
    number: impl ColumnTrait,
) -> Result<Vec<i64>, StoreError> {
    let limit = u64::try_from(FEW + 1).unwrap_or(u64::MAX);
    Ok(rows.select_only().column(number).limit(limit).into_tuple().all(store.reader()).await?)
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, QueryTrait, Statement};

    use super::*;
    use crate::storage::{StoreOptions, migrate};

    // A team that once had very many tickets has few that are open and fewer that nobody has.
    #[tokio::test]
    async fn sqlite_reads_the_open_and_the_free_tickets_of_a_team_from_their_own_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("plans.db").display());
        migrate(&url).await.expect("a schema");
        let store = Store::open(&StoreOptions::new(url), crate::clock::SystemClock::shared()).await.expect("opens");
        for (standing, index) in [(Standing::Open, "ix_ticket_team_open"), (Standing::Free, "ix_ticket_team_free")] {
            let rows = of_teams(store.backend(), &AccountId::stored("acme"), vec!["red".into()], standing);
            let built = rows.select_only().column(ticket_team::Column::Number).build(store.backend());
            let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", built.sql), ..built };
            let steps = store.reader().query_all_raw(explain).await.expect("a plan");
            let plan = steps.iter().map(|step| step.try_get::<String>("", "detail").expect("text")).collect::<String>();
            assert!(plan.contains(index), "{plan}");
        }
    }
}
