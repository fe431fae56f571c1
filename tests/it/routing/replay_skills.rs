//! `helpdesk replay --skills`: questions of 77 intents, 12 skills, 60 agents; nobody gets what they cannot do.

use std::process::{Command, Output, Stdio};

use crate::support::databases::{Engine, TestDatabase, both_engines};

/// Questions; each intent comes several times.
const QUESTIONS: &str = "400";

fn replay(url: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
    command.args(["replay", "--generate", QUESTIONS, "--clients", "8", "--skills", "--json"]);
    if let Some(url) = url {
        command.args(["--database-url", url]);
    }
    command.stdin(Stdio::null()).output().expect("the program runs")
}

// C-053, R-133: at length, and through the API alone.
both_engines!(in_a_replay_by_skills_nobody_gets_what_they_cannot_do, |db: TestDatabase| async move {
    // Without a database the replay has one of its own, on SQLite.
    let url = (db.engine == Engine::Postgres).then(|| db.url.clone());
    let output = tokio::task::spawn_blocking(move || replay(url.as_deref())).await.expect("no panic");
    let said = format!("{} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    for found in
        [r#""tickets":400"#, r#""wrong_skill":0"#, r#""wrong_decision":0"#, r#""outside_hours":0"#, r#""unassigned":0"#]
    {
        assert!(said.contains(found), "{found}: {said}");
    }
});
