//! PostgreSQL from outside the service, through its own client program.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Row;
use crate::Result;

/// A program of the PostgreSQL installation, without any `PG…` variable of the caller's shell.
pub fn program(name: &str) -> Command {
    let beside = crate::postgres_binaries::find().map(|folder| folder.join(name)).filter(|path| path.exists());
    let mut command = Command::new(beside.unwrap_or_else(|| PathBuf::from(name)));
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("PG")) {
        command.env_remove(key);
    }
    command
}

/// See `Store::execute`.
pub fn execute(url: &str, sql: &str) -> Result<()> {
    run(url, &format!("BEGIN;\n{sql};\nCOMMIT;\n")).map(drop)
}

/// See `Store::settle`.
pub fn settle(url: &str) -> Result<()> {
    run(url, "VACUUM (ANALYZE);\nCHECKPOINT;\n").map(drop)
}

/// See `Store::learn`.
pub fn learn(url: &str) -> Result<()> {
    run(url, "ANALYZE;\n").map(drop)
}

/// See `Store::query`.
pub fn query(url: &str, sql: &str) -> Result<Vec<Row>> {
    let output = run(url, &format!("SELECT row_to_json(found) FROM ({sql}) AS found;\n"))?;
    let rows = output.lines().filter(|line| !line.is_empty()).map(serde_json::from_str);
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

fn run(url: &str, script: &str) -> Result<String> {
    let mut psql = program("psql");
    psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"]);
    psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = psql.spawn().map_err(|error| format!("psql: {error}"))?;
    child.stdin.take().ok_or("standard input is piped")?.write_all(script.as_bytes())?;
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr).trim()).into())
}
