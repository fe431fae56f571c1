//! The ratios that are aimed at. Absolute figures belong to a machine; these say something everywhere.

use std::fmt;

use serde::Serialize;

use super::Report;
use crate::store::Engine;

/// On which side of the aim is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// More is better.
    AtLeast,
    /// Less is better.
    AtMost,
}

/// A figure with its aim.
#[derive(Debug, Clone, Serialize)]
pub struct Ratio {
    name: String,
    value: f64,
    bound: Bound,
    aim: f64,
    met: bool,
}

impl Ratio {
    /// A figure to be judged.
    pub fn new(name: String, value: f64, bound: Bound, aim: f64) -> Self {
        let met = match bound {
            Bound::AtLeast => value >= aim,
            Bound::AtMost => value <= aim,
        };
        Self { name, value, bound, aim, met }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.bound == Bound::AtLeast { ">=" } else { "<=" };
        let verdict = if self.met { "met" } else { "MISSED" };
        write!(f, "{:<76} {:>8.2}  {side} {:<6} {verdict}", self.name, self.value, self.aim)
    }
}

/// The ratios between the service and the bare engine, and between the service and the empty method.
pub fn of_matrix(report: &Report, engine: Engine, clients: u16, accounts: u16) -> Vec<Ratio> {
    let line = |part: &str, what: &str, accounts| report.find(engine, part, what, clients, accounts);
    let mut ratios = Vec::new();
    let ingest = line("closed", "IngestMessage", accounts);
    if let (Some(ours), Some(bare)) = (ingest, line("bare", "one message's rows", accounts)) {
        let (name, aim) = match engine {
            Engine::Postgres => ("pgbench", if accounts == 1 { 0.6 } else { 0.8 }),
            Engine::Sqlite => ("rusqlite with group commit", 0.3),
        };
        let name = format!("{engine:?}: ingest to {name}, {clients} clients, {accounts} account(s)");
        let value = ours.summary.per_second / bare.summary.per_second.max(1.0);
        ratios.push(Ratio::new(name, value, Bound::AtLeast, aim));
    }
    if let Some(ours) = ingest {
        let name = format!("{engine:?}: p99 of ingest to its p50, {clients} clients, {accounts} account(s)");
        let value = ours.summary.p99_ms / ours.summary.p50_ms.max(0.001);
        ratios.push(Ratio::new(name, value, Bound::AtMost, 8.0));
    }
    let (read, empty) = (line("closed", "GetTicket", accounts), line("bare", "empty method", 1));
    if let (Engine::Sqlite, Some(ours), Some(empty)) = (engine, read, empty) {
        let name = format!("{engine:?}: GetTicket to an empty method, {clients} clients, {accounts} account(s)");
        let value = ours.summary.per_second / empty.summary.per_second.max(1.0);
        ratios.push(Ratio::new(name, value, Bound::AtLeast, 0.35));
    }
    ratios
}
