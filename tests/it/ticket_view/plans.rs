//! The first page of a view is read through an index, whatever the account holds: no sort, no scan (T5).

use std::collections::BTreeSet;

use helpdesk::domain::access::Rights;
use helpdesk::domain::filter::schema::TICKET;
use helpdesk::domain::filter::{Context, check, parse};
use helpdesk::domain::ids::{AccountId, TeamId, UserId};
use helpdesk::domain::time::Timestamp;
use helpdesk::domain::view::Standard;
use helpdesk::storage::read::tickets::first_page;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::support::databases::{TestDatabase, both_engines};

/// How the database would answer. On PostgreSQL everything that reads more than an index needs is made too dear, because on
/// a small table it would be cheaper.
async fn plan(database: &DatabaseConnection, statement: &Statement) -> String {
    let backend = database.get_database_backend();
    let (explain, column) = match backend {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let text = Statement::from_string(backend, format!("{explain} {statement}"));
    let rows = database.query_all_raw(text).await.expect("a plan");
    let line = |row: &sea_orm::QueryResult| row.try_get::<String>("", column).expect("a line");
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn statement(backend: DbBackend, filter: &str, few: Option<&[i64]>) -> Statement {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let my_teams = [TeamId::stored("red")];
    let context = Context {
        account: &account,
        me: Some(&me),
        my_teams: &my_teams,
        now: Timestamp::from_micros(0),
        properties: &[],
    };
    let expr = parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let checked = check(&expr, &TICKET, &context).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let rights = Rights { user: Some(me.clone()), teams: BTreeSet::from(my_teams.clone()), ..Rights::system() };
    first_page(backend, &account, &rights, &checked, few)
}

async fn open(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1);
    let database = Database::connect(options).await.expect("a connection");
    if database.get_database_backend() == DbBackend::Postgres {
        for dear in ["enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"] {
            database.execute_unprepared(&format!("SET {dear} = off")).await.expect("set");
        }
    }
    database
}

/// SQLite takes "no owner" for a value like any other, so the index by owner has it in order, too.
const FREE: &[&str] = &["ix_ticket_unassigned", "ix_ticket_owner_open"];

// R-079, T5: no default view is sorted or scanned for, and neither is a view whose first condition is indexed.
both_engines!(the_default_views_are_read_in_order_through_an_index, |db: TestDatabase| async move {
    let database = open(&db.url).await;
    let backend = database.get_database_backend();
    let cases: [(String, &[&str]); 9] = [
        (Standard::Unassigned.filter(), FREE),
        (Standard::AssignedToMe.filter(), &["ix_ticket_owner_open"]),
        (Standard::AllOpen.filter(), &["ix_ticket_open"]),
        (Standard::AllClosed.filter(), &["ix_ticket_closed"]),
        (Standard::MyTeamsUnassigned.filter(), FREE),
        (Standard::TeamUnassigned(TeamId::stored("red")).filter(), FREE),
        ("owner = ben".to_owned(), &["ix_ticket_owner"]),
        ("state = OPEN AND priority = URGENT".to_owned(), &["ix_ticket_open"]),
        (String::new(), &["ix_ticket_update"]),
    ];
    for (filter, indexes) in cases {
        let found = plan(&database, &statement(backend, &filter, None)).await;
        assert!(indexes.iter().any(|index| found.contains(index)), "{filter}: {found}");
        assert!(!found.contains("Sort") && !found.contains("TEMP B-TREE FOR ORDER BY"), "{filter}: {found}");
    }
    // The file of the database lives as long as this.
    drop(db);
});

both_engines!(a_small_set_is_read_by_its_numbers, |db: TestDatabase| async move {
    let database = open(&db.url).await;
    let backend = database.get_database_backend();
    for filter in [Standard::MyMentions.filter(), Standard::Following.filter(), "tags = vip".to_owned()] {
        let found = plan(&database, &statement(backend, &filter, Some(&[1, 2, 3]))).await;
        let by_key = if backend == DbBackend::Sqlite { "(account_id=? AND number=?)" } else { "ticket_pkey" };
        let walked = ["ix_ticket_update", "ix_ticket_open", "Seq Scan on ticket "];
        assert!(found.contains(by_key) || found.contains("pk_ticket"), "{filter}: {found}");
        assert!(!walked.iter().any(|index| found.contains(index)), "{filter}: {found}");
    }
    drop(db);
});
