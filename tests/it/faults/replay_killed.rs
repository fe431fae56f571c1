//! F-01: the service is killed twice in the middle of a replay, which goes on as if nothing had happened.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::process_killed::{Killable, free_port};
use crate::support::app::App;
use crate::support::databases::{TestDatabase, both_engines};

const QUESTIONS: i64 = 400;

both_engines!(a_replay_goes_on_while_its_service_is_killed_and_started_again, |db: TestDatabase| async move {
    let url = db.url.clone();
    let mut app = App::start_in_real_time(db).await;
    let token = app.user_token("root");
    app.stop().await;
    let port = free_port();
    let mut service = Killable::start(&url, port, app.data_folder());
    let replay = tokio::task::spawn_blocking(move || replay(port, &token));
    let database = sea_orm::Database::connect(&url).await.expect("connected");
    for part in 1..=2 {
        until_stored(&database, part * QUESTIONS / 3).await;
        service.kill_and_start_again();
    }
    let output = replay.await.expect("no panic");
    let said = format!("{} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    for found in [r#""sent":400"#, r#""tickets":400"#, r#""duplicates":0"#, r#""lost":0"#, r#""event_gaps":0"#] {
        assert!(said.contains(found), "{found}: {said}");
    }
});

fn replay(port: u16, token: &str) -> Output {
    let server = format!("http://127.0.0.1:{port}");
    let count = QUESTIONS.to_string();
    Command::new(env!("CARGO_BIN_EXE_helpdesk"))
        .args(["replay", "--generate", &count, "--clients", "8", "--json", "--server", &server])
        .env("HELPDESK_TOKEN", token)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

/// Waits until so many messages are stored.
async fn until_stored(database: &DatabaseConnection, count: i64) {
    let wait = async {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        loop {
            pace.tick().await;
            let sql = Statement::from_string(database.get_database_backend(), "SELECT count(*) AS n FROM message");
            let row = database.query_one_raw(sql).await.expect("counted").expect("a row");
            if row.try_get::<i64>("", "n").expect("a number") >= count {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), wait).await.expect("the replay gets on");
}
