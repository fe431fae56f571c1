//! Stopwatch and scales: latencies, CPU time and memory.

mod samples;
mod system;

use std::time::Instant;

pub use samples::{Summary, Tally};
pub use system::{peak_mib, reset_peak, resident_mib};

/// The processes whose cost is measured.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// The service.
    pub server: u32,
    /// The database server, where it is a process of its own; its sessions count with it.
    pub database: Option<u32>,
}

/// A running measurement of cost.
pub struct Meter {
    watched: Watched,
    begin: Snapshot,
}

/// CPU seconds used so far.
#[derive(Clone, Copy)]
struct Snapshot {
    at: Instant,
    server: f64,
    database: f64,
    /// By this program and everything it started.
    ours: f64,
    /// By everything on the machine.
    all: f64,
}

/// What a stretch of load cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// CPU seconds of the service.
    pub server_cpu: f64,
    /// CPU seconds of the database server, 0 where it is inside the service.
    pub database_cpu: f64,
    /// CPUs that were busy with other people's work meanwhile.
    pub others: f64,
    /// Peak resident memory of the service in MiB.
    pub peak_mib: f64,
}

impl Meter {
    /// Begins to measure; the peak of memory starts again from what is used now.
    pub fn start(watched: Watched) -> Self {
        reset_peak(watched.server);
        Self { watched, begin: Snapshot::take(watched) }
    }

    /// What it cost since the start.
    pub fn stop(&self) -> Cost {
        let (begin, end) = (self.begin, Snapshot::take(self.watched));
        let seconds = (end.at - begin.at).as_secs_f64().max(0.001);
        Cost {
            server_cpu: end.server - begin.server,
            database_cpu: end.database - begin.database,
            others: ((end.all - begin.all) - (end.ours - begin.ours)).max(0.0) / seconds,
            peak_mib: peak_mib(self.watched.server),
        }
    }
}

impl Snapshot {
    fn take(watched: Watched) -> Self {
        Self {
            at: Instant::now(),
            server: system::cpu_seconds(watched.server),
            database: watched.database.map_or(0.0, system::tree_cpu_seconds),
            ours: system::tree_cpu_seconds(std::process::id()),
            all: system::machine_cpu_seconds(),
        }
    }
}
