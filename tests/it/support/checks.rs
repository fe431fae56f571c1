//! The test support itself works: each engine hands out databases that can be used.

use sea_orm::{ConnectionTrait, Database, DbErr};

use super::databases::{Engine, TestDatabase, both_engines};

/// Writes into a table of its own, and finds the tables of the schema, empty.
async fn writes_and_reads(url: &str) -> Result<i64, DbErr> {
    let database = Database::connect(url).await?;
    database.execute_unprepared("DELETE FROM ticket WHERE number = 0").await?;
    database.execute_unprepared("CREATE TABLE fresh (n BIGINT)").await?;
    database.execute_unprepared("INSERT INTO fresh VALUES (41), (42)").await?;
    let statement = sea_orm::Statement::from_string(database.get_database_backend(), "SELECT max(n) AS n FROM fresh");
    let row = database.query_one_raw(statement).await?.expect("an aggregate has a row");
    row.try_get("", "n")
}

both_engines!(both_engines_hand_out_a_database_that_can_be_written, |db: TestDatabase| async move {
    assert_eq!(writes_and_reads(&db.url).await, Ok(42));
    assert_eq!(db.engine == Engine::Sqlite, db.file().is_some());
});

#[test]
fn an_empty_database_exists_on_both_engines() {
    let made = [Engine::Sqlite, Engine::Postgres].map(|engine| TestDatabase::empty(engine, "empty"));
    assert!(made[0].is_some());
}
