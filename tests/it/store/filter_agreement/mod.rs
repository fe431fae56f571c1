//! A filter finds the same records in the database and in memory, on both engines (T-07).
//!
//! Records and filters are random, made of texts that LIKE, GLOB, collations and case rules read in ways of their own.

mod dice;
mod filters;
mod properties;
mod records;
mod surroundings;

use helpdesk::domain::filter::schema::{
    ACTIVITY, COMPANY, CONTACT, CONVERSATION, DEAL, DECISION, EVENT, MESSAGE, TICKET,
};
use helpdesk::domain::filter::{Context, Plan, Record, Schema, check, matches, parse};
use helpdesk::domain::ids::{AccountId, TeamId, UserId};
use helpdesk::storage::filter_sql::{self, Target, condition};
use helpdesk::storage::rows;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult};

use crate::support::databases::{TestDatabase, both_engines};
use dice::Dice;
use records::{NOW, Numbered};

/// Judges `cases` random filters of each resource in the database and in memory. The schema must be there; the rows are
/// made here, in the accounts `acme` and `other`.
pub async fn agreement(db: &DatabaseConnection, cases: u32, seed: u64) {
    let mut dice = Dice::new(seed);
    let sets = records::insert(db, &mut dice).await;
    for _ in 0..cases {
        let ticket_id = rows::ticket::Column::Number;
        agree(db, &mut dice, &TICKET, &sets.tickets, ticket_id, filter_sql::ticket).await;
        let contact_id = rows::contact::Column::CreateTime;
        agree(db, &mut dice, &CONTACT, &sets.contacts, contact_id, filter_sql::contact).await;
        let event_id = rows::event::Column::Sequence;
        agree(db, &mut dice, &EVENT, &sets.events, event_id, filter_sql::event).await;
    }
}

/// One random filter over one resource whose records are told apart by the number in `id`.
async fn agree<R: Record + Numbered, C: ColumnTrait>(
    db: &DatabaseConnection,
    dice: &mut Dice,
    schema: &Schema<R::Field>,
    records: &[R],
    id: C,
    target: impl Fn(R::Field, DbBackend) -> Target,
) where
    R::Field: PartialEq + std::fmt::Debug,
{
    let expr = filters::expr(dice, schema, 3);
    let text = expr.to_string();
    let plan = plan_of(&text, schema);
    let mut wanted: Vec<i64> = records.iter().filter(|record| matches(&plan, *record)).map(Numbered::number).collect();
    wanted.sort_unstable();
    let found = find(db, &plan, id, target).await;
    assert_eq!(found, wanted, "the database (left) and the memory differ about `{text}`: {plan:?}");
}

fn plan_of<F: Clone>(text: &str, schema: &Schema<F>) -> Plan<F> {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let my_teams = [TeamId::stored("red"), TeamId::stored("blue")];
    let properties = properties::all();
    let context = Context { account: &account, me: Some(&me), my_teams: &my_teams, now: NOW, properties: &properties };
    let expr = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    check(&expr, schema, &context).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Random filters over tables without rows: the database takes each field for what it is.
async fn understood(db: &DatabaseConnection, cases: u32, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..cases {
        let conversation = plan_of(&filters::expr(&mut dice, &CONVERSATION, 1).to_string(), &CONVERSATION);
        let id = rows::conversation::Column::CreateTime;
        assert!(find(db, &conversation, id, filter_sql::conversation).await.is_empty());
        let message = plan_of(&filters::expr(&mut dice, &MESSAGE, 1).to_string(), &MESSAGE);
        let id = rows::message::Column::CreateTime;
        assert!(find(db, &message, id, filter_sql::message).await.is_empty());
        let decision = plan_of(&filters::expr(&mut dice, &DECISION, 1).to_string(), &DECISION);
        let id = rows::routing_decision::Column::DecideTime;
        assert!(find(db, &decision, id, filter_sql::decision).await.is_empty());
        let company = plan_of(&filters::expr(&mut dice, &COMPANY, 1).to_string(), &COMPANY);
        let id = rows::company::Column::CreateTime;
        assert!(find(db, &company, id, filter_sql::company).await.is_empty());
        let activity = plan_of(&filters::expr(&mut dice, &ACTIVITY, 1).to_string(), &ACTIVITY);
        let id = rows::activity::Column::CreateTime;
        assert!(find(db, &activity, id, filter_sql::activity).await.is_empty());
        let deal = plan_of(&filters::expr(&mut dice, &DEAL, 1).to_string(), &DEAL);
        let id = rows::deal::Column::CreateTime;
        assert!(find(db, &deal, id, filter_sql::deal).await.is_empty());
    }
}

#[derive(FromQueryResult)]
struct Found {
    found: i64,
}

async fn find<F: Clone, C: ColumnTrait>(
    db: &DatabaseConnection,
    plan: &Plan<F>,
    id: C,
    target: impl Fn(F, DbBackend) -> Target,
) -> Vec<i64> {
    let table = id.entity_name();
    let mut select = Query::select();
    select
        .expr_as(Expr::col((table.clone(), id)), "found")
        .and_where(Expr::col((table.clone(), "account_id")).eq("acme"))
        .cond_where(condition(plan, target, db.get_database_backend()))
        .from(table);
    let rows = db.query_all(&select).await.unwrap_or_else(|error| panic!("{select:?}: {error}"));
    let mut found: Vec<i64> =
        rows.iter().map(|row| Found::from_query_result(row, "").expect("a number").found).collect();
    found.sort_unstable();
    found
}

both_engines!(a_filter_finds_the_same_in_the_database_and_in_memory, |db: TestDatabase| async move {
    let connection = sea_orm::Database::connect(&db.url).await.expect("the database opens");
    understood(&connection, 60, 7).await;
    agreement(&connection, 400, 7).await;
    // Only the URL would be moved in here otherwise, and the folder of the database would go before its use.
    drop(db);
});
