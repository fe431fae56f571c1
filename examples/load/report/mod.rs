//! What came out: a table while it runs, ratios at the end, JSON for machines.

mod ratios;

use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::Result;
use crate::drive::Measured;
use crate::measure::Summary;
use crate::store::Engine;

pub use ratios::{Bound, Ratio, of_matrix};

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The part of the run.
    pub part: &'static str,
    /// The engine below.
    pub engine: Engine,
    /// The method, or what was measured instead.
    pub what: String,
    /// Clients at the same time.
    pub clients: u16,
    /// Accounts in turn.
    pub accounts: u16,
    /// Calls that came per second, in an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_per_second: Option<f64>,
    /// What the clients saw.
    #[serde(flatten)]
    pub summary: Summary,
    /// CPU seconds of the service for 1,000 calls.
    pub cpu_per_1000: f64,
    /// CPU seconds of the database server for 1,000 calls; 0 for SQLite, which runs inside the service.
    pub database_cpu_per_1000: f64,
    /// Peak resident memory of the service in MiB; 0 where no service took part.
    pub peak_mib: f64,
    /// CPUs that were busy with work of others.
    pub others: f64,
}

/// Everything of a run.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
    ratios: Vec<Ratio>,
    notes: Vec<String>,
}

impl Line {
    /// A measurement with its costs.
    pub fn new(part: &'static str, engine: Engine, what: &str, clients: u16, accounts: u16, it: Measured) -> Self {
        let thousands = f64::from(u32::try_from(it.summary.requests).unwrap_or(u32::MAX)) / 1_000.0;
        let per_1000 = |seconds: f64| if thousands > 0.0 { seconds / thousands } else { 0.0 };
        Self {
            part,
            engine,
            what: what.to_owned(),
            clients,
            accounts,
            offered_per_second: None,
            cpu_per_1000: per_1000(it.cost.server_cpu),
            database_cpu_per_1000: per_1000(it.cost.database_cpu),
            peak_mib: it.cost.peak_mib,
            others: it.cost.others,
            summary: it.summary,
        }
    }
}

impl Report {
    /// The head of the table.
    pub fn print_head() {
        println!(
            "{:<10} {:<8} {:<26} {:>7} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>7} {:>6}",
            "part",
            "engine",
            "what",
            "clients",
            "accounts",
            "req/s",
            "p50 ms",
            "p99 ms",
            "cpu s/k",
            "db s/k",
            "MiB",
            "others"
        );
    }

    /// Prints a line and keeps it.
    pub fn add(&mut self, line: Line) {
        let engine = format!("{:?}", line.engine).to_lowercase();
        let summary = &line.summary;
        println!(
            "{:<10} {:<8} {:<26} {:>7} {:>8} {:>9.0} {:>8.2} {:>8.2} {:>8.3} {:>8.3} {:>7.1} {:>6.2}",
            line.part,
            engine,
            line.what,
            line.clients,
            line.accounts,
            summary.per_second,
            summary.p50_ms,
            summary.p99_ms,
            line.cpu_per_1000,
            line.database_cpu_per_1000,
            line.peak_mib,
            line.others
        );
        if summary.errors > 0 || summary.first_error.is_some() {
            let first = summary.first_error.as_deref().unwrap_or_default();
            println!("! {} calls failed, first: {first}", summary.errors);
        }
        self.lines.push(line);
    }

    /// Keeps a ratio for the end.
    pub fn add_ratio(&mut self, ratio: Ratio) {
        self.ratios.push(ratio);
    }

    /// Prints a sentence and keeps it.
    pub fn note(&mut self, note: String) {
        println!("- {note}");
        self.notes.push(note);
    }

    /// A measurement made before.
    pub fn find(&self, engine: Engine, part: &str, what: &str, clients: u16, accounts: u16) -> Option<&Line> {
        let wanted = |line: &&Line| {
            (line.engine, line.part, line.clients, line.accounts) == (engine, part, clients, accounts)
                && line.what == what
        };
        self.lines.iter().find(wanted)
    }

    /// The ratios with their aims.
    pub fn print_ratios(&self) {
        println!("\n{:<76} {:>8}  {:<14}", "ratio within this run", "value", "aim");
        for ratio in &self.ratios {
            println!("{ratio}");
        }
    }

    /// Writes everything as one JSON object.
    pub fn write_json(&self, file: &Path) -> Result<()> {
        let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let machine = json!({ "cpus": cpus, "kernel": kernel.trim(), "sqlite": rusqlite::version() });
        let all = json!({
            "machine": machine, "notes": self.notes, "ratios": self.ratios, "measurements": self.lines,
        });
        Ok(std::fs::write(file, format!("{all:#}\n"))?)
    }
}
