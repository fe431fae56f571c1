//! SQLite without the service: one thread owns the writer and commits what waits together; statements are prepared.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Load;
use super::fill::{Fill, Piece};
use super::template::{Insert, Template};
use crate::Result;
use crate::measure::{Summary, Tally};
use crate::service::{AGENTS, CONTACTS};

/// At most so many tickets share a commit, as in the service's lanes.
const GROUP: usize = 64;

const HEAD: &str = "UPDATE account_head SET last_event = last_event + ?2, last_ticket = last_ticket + 1, \
                    load_seq = load_seq + 1 WHERE account_id = ?1 RETURNING last_ticket, last_event - ?2, load_seq";
const LOADED: &str = "UPDATE agent_load SET open_tickets = open_tickets + 1, last_auto = ?3, changed_seq = ?4 \
                      WHERE account_id = ?1 AND user_id = ?2";

/// A client's wish for a ticket.
struct Wish {
    serial: u64,
    account: u64,
    done: oneshot::Sender<()>,
}

/// Loads a prepared database.
pub async fn run(file: &Path, template: &Template, load: Load) -> Result<Summary> {
    let (wishes, waiting) = mpsc::channel(usize::from(load.clients).max(1));
    let (file, template) = (file.to_owned(), template.clone());
    let writer = tokio::task::spawn_blocking(move || write_all(&file, &template, waiting));
    let from = Instant::now() + load.timing.warm;
    let until = from + load.timing.length;
    let mut clients = JoinSet::new();
    for client in 0..u64::from(load.clients) {
        clients.spawn(ask(wishes.clone(), client, load, from, until));
    }
    drop(wishes);
    let mut tally = Tally::default();
    while let Some(seen) = clients.join_next().await {
        tally.merge(seen?);
    }
    writer.await??;
    Ok(tally.summary(load.timing.length))
}

async fn ask(wishes: mpsc::Sender<Wish>, client: u64, load: Load, from: Instant, until: Instant) -> Tally {
    let mut tally = Tally::default();
    for turn in 0.. {
        let begin = Instant::now();
        let (done, answer) = oneshot::channel();
        let account = (client + turn) % u64::from(load.accounts.max(1));
        let wish = Wish { serial: turn * u64::from(load.clients) + client, account, done };
        if wishes.send(wish).await.is_err() || answer.await.is_err() {
            tally.failed(|| "the writer ended".to_owned());
            break;
        }
        let end = Instant::now();
        if end >= until {
            break;
        }
        if end >= from {
            tally.answered(end - begin);
        }
    }
    tally
}

fn write_all(file: &PathBuf, template: &Template, mut waiting: mpsc::Receiver<Wish>) -> Result<()> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
    let statements: Vec<String> = template.inserts.iter().map(insert).collect();
    // Ids must differ from those of earlier runs on the same file.
    let start: i64 = connection.query_row("SELECT count(*) FROM ticket", [], |row| row.get(0))?;
    let start = u64::try_from(start)? << 24;
    let mut group = Vec::with_capacity(GROUP);
    while waiting.blocking_recv().map(|wish| group.push(wish)).is_some() {
        while group.len() < GROUP
            && let Ok(wish) = waiting.try_recv()
        {
            group.push(wish);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for wish in &group {
            write(&transaction, template, &statements, start, wish)?;
        }
        transaction.commit()?;
        for wish in group.drain(..) {
            // A client that has seen enough does not listen any more.
            let _ = wish.done.send(());
        }
    }
    Ok(())
}

/// What is different for this ticket.
struct Facts {
    account: String,
    number: i64,
    event: i64,
    id: Uuid,
    contact: Uuid,
    agent: String,
    now: i64,
}

fn write(
    transaction: &Transaction<'_>,
    template: &Template,
    statements: &[String],
    start: u64,
    wish: &Wish,
) -> Result<()> {
    let account = format!("load-{:02}", wish.account);
    let agent = format!("agent-{}", wish.serial % u64::from(AGENTS));
    let head = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut counters = transaction.prepare_cached(HEAD)?;
    let (number, event, load_seq): (i64, i64, i64) = counters.query_row((&account, template.events), head)?;
    let id = Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | (start + wish.serial));
    let contact = wish.serial % u64::from(CONTACTS);
    // The digits of the number are the digits of the id, as in `nth_uuid`.
    let contact = Uuid::parse_str(&format!("00000000-0000-7000-8000-{contact:012}"))?;
    // Any growing number is as good as the time here.
    let now = event;
    transaction.prepare_cached(LOADED)?.execute((&account, &agent, now, load_seq))?;
    let facts = Facts { account, number, event, id, contact, agent, now };
    for (insert, statement) in template.inserts.iter().zip(statements) {
        let values = insert.columns.iter().map(|(_, _, fill)| facts.value(fill));
        transaction.prepare_cached(statement)?.execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

fn insert(row: &Insert) -> String {
    let names: Vec<&str> = row.columns.iter().map(|(name, ..)| name.as_str()).collect();
    let places = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", row.table, names.join(", "))
}

impl Facts {
    fn value(&self, fill: &Fill) -> Sql {
        match fill {
            Fill::Same(value) => same(value),
            Fill::Account => self.account.clone().into(),
            Fill::Number => self.number.into(),
            Fill::Event(offset) => (self.event + offset).into(),
            Fill::Id => self.id.as_bytes().to_vec().into(),
            Fill::Contact => self.contact.as_bytes().to_vec().into(),
            Fill::Agent => self.agent.clone().into(),
            Fill::Now => self.now.into(),
            Fill::Text(pieces) => pieces.iter().map(|piece| self.piece(piece)).collect::<String>().into(),
        }
    }

    fn piece(&self, piece: &Piece) -> String {
        match piece {
            Piece::Same(text) => text.clone(),
            Piece::Id => self.id.to_string(),
            Piece::Number => self.number.to_string(),
        }
    }
}

fn same(value: &Value) -> Sql {
    match value {
        Value::String(text) => text.clone().into(),
        Value::Number(number) => number.as_i64().map_or(Sql::Null, Sql::Integer),
        Value::Bool(flag) => i64::from(*flag).into(),
        _ => Sql::Null,
    }
}
