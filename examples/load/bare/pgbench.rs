//! PostgreSQL without the service: `pgbench` sends one statement with all the rows of a message, and commits it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::Load;
use super::fill::{Fill, Piece};
use super::template::{Insert, Template};
use crate::Result;
use crate::measure::{Summary, Tally};
use crate::service::{AGENTS, CONTACTS};
use crate::store::{Engine, nth_uuid, psql::program};

/// One in so many tickets has its latency written down.
const LATENCY_SHARE: &str = "0.2";

/// Loads a prepared database.
pub async fn run(url: &str, template: &Template, load: Load) -> Result<Summary> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("ticket.sql");
    std::fs::write(&script, script_text(template, load.accounts))?;
    let url = url.to_owned();
    // It waits for another process.
    tokio::task::spawn_blocking(move || {
        pgbench(&url, &script, load, load.timing.warm, folder.path())?;
        let said = pgbench(&url, &script, load, load.timing.length, folder.path())?;
        let per_second = figure(&said, "tps = ").ok_or_else(|| format!("pgbench said no rate: {said}"))?;
        let failed = figure(&said, "number of failed transactions: ").unwrap_or(0.0);
        let mut summary = latencies(folder.path())?.summary(load.timing.length);
        summary.per_second = per_second;
        if failed > 0.0 {
            summary.first_error = Some(format!("{failed} failed transactions"));
        }
        Ok(summary)
    })
    .await?
}

fn pgbench(url: &str, script: &Path, load: Load, length: Duration, folder: &Path) -> Result<String> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with("latency") {
            std::fs::remove_file(entry.path())?;
        }
    }
    let (server, database) = url.rsplit_once('/').ok_or("a URL without a database")?;
    let (host, port) = server.rsplit_once('@').and_then(|it| it.1.rsplit_once(':')).ok_or("a URL without a port")?;
    let mut pgbench = program("pgbench");
    pgbench.args(["-n", "-M", "prepared", "-j", "2", "-h", host, "-p", port, "-U", "postgres"]);
    pgbench.args(["-c", &load.clients.to_string(), "-T", &length.as_secs_f64().ceil().to_string()]);
    pgbench.arg("-f").arg(script);
    pgbench.arg(format!("--log-prefix={}", folder.join("latency").display()));
    pgbench.args(["--log", "--sampling-rate", LATENCY_SHARE, database]);
    let output = pgbench.stdin(Stdio::null()).output().map_err(|error| format!("pgbench: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The number behind a label in pgbench's report.
fn figure(said: &str, label: &str) -> Option<f64> {
    let rest = said.split_once(label)?.1;
    rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()
}

/// Third field of each line of pgbench's logs: the latency in microseconds.
fn latencies(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for entry in std::fs::read_dir(folder)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with("latency") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path())?;
        let micros = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
        micros.for_each(|micros| tally.answered(Duration::from_micros(micros)));
    }
    Ok(tally)
}

/// The script: one statement, in which the counter of the account is also its lock.
fn script_text(template: &Template, accounts: u16) -> String {
    let mut sql = format!(
        "\\set a random(0, {})\n\\set g random(0, {})\n\\set c random(0, {})\n",
        accounts.max(1) - 1,
        AGENTS - 1,
        CONTACTS - 1
    );
    let events = template.events;
    let _ = write!(
        sql,
        "WITH head AS (UPDATE account_head SET last_event = last_event + {events}, last_ticket = last_ticket + 1, \
         load_seq = load_seq + 1 WHERE account_id = 'load-' || lpad((:a)::text, 2, '0') RETURNING account_id, \
         last_ticket AS number, last_event - {events} AS event, load_seq, \
         ('01900000-0000-7000-8000-' || lpad(to_hex(nextval('bare_id')), 12, '0'))::uuid AS id, \
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now), \
         load AS (UPDATE agent_load SET open_tickets = open_tickets + 1, last_auto = head.now, \
         changed_seq = head.load_seq FROM head WHERE agent_load.account_id = head.account_id \
         AND agent_load.user_id = 'agent-' || (:g)::text)"
    );
    let mut rest = template.inserts.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|insert| insert.table == first.table).count();
        let (rows, others) = rest.split_at(same);
        let _ = write!(sql, ", put_{} AS ({})", first.table, insert(rows));
        rest = others;
    }
    sql.push_str(" SELECT number FROM head;\n");
    sql
}

/// All rows of one table.
fn insert(rows: &[Insert]) -> String {
    let first = &rows[0];
    let names: Vec<&str> = first.columns.iter().map(|(name, ..)| name.as_str()).collect();
    let selects: Vec<String> = rows.iter().map(select).collect();
    format!("INSERT INTO {} ({}) {}", first.table, names.join(", "), selects.join(" UNION ALL "))
}

fn select(row: &Insert) -> String {
    let values: Vec<String> = row.columns.iter().map(|(_, kind, fill)| expression(fill, kind)).collect();
    format!("SELECT {} FROM head", values.join(", "))
}

fn expression(fill: &Fill, kind: &str) -> String {
    match fill {
        Fill::Same(value) => format!("{}::{kind}", literal(value)),
        Fill::Account => "head.account_id".to_owned(),
        Fill::Number => "head.number".to_owned(),
        Fill::Event(offset) => format!("head.event + {offset}"),
        Fill::Id => "head.id".to_owned(),
        Fill::Contact => nth_uuid(Engine::Postgres, ":c"),
        Fill::Agent => "'agent-' || (:g)::text".to_owned(),
        Fill::Now => "head.now".to_owned(),
        Fill::Text(pieces) => pieces.iter().map(piece).collect::<Vec<_>>().join(" || "),
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Same(text) => literal(&Value::String(text.clone())),
        Piece::Id => "head.id::text".to_owned(),
        Piece::Number => "head.number::text".to_owned(),
    }
}

/// A constant. The colon would begin a variable of pgbench, so it is written by its code.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => {
            let quoted = text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a").replace('\n', "\\n");
            format!("E'{quoted}'")
        }
        other => format!("'{other}'"),
    }
}
