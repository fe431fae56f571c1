//! The instruments: what is counted and measured, under which name and with which labels.
//!
//! Labels are constants of the program or names of served methods, never anything a caller made up: a caller could fill
//! the memory with made-up labels. Times are in seconds.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, MeterProvider, UpDownCounter};

/// Bounds of the buckets of calls and statements: half a millisecond to ten seconds.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of the buckets of batch sizes: a batch holds at most 64 operations (W7).
const OPERATIONS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The labels of one call.
#[derive(Debug, Clone, Copy)]
pub struct CallLabels<'a> {
    /// Full name of a served service, or `other`.
    pub service: &'a str,
    /// Name of a served method, or `other`.
    pub method: &'a str,
    /// Name of the status code, for example `NOT_FOUND`.
    pub code: &'static str,
}

/// All instruments; cloning shares them.
#[derive(Clone)]
pub struct Meters {
    call_duration: Histogram<f64>,
    calls_in_flight: UpDownCounter<i64>,
    calls_refused: Counter<u64>,
    connections: UpDownCounter<i64>,
    credentials_refused: Counter<u64>,
    panics: Counter<u64>,
    batch_size: Histogram<u64>,
    batch_duration: Histogram<f64>,
    lane_queue: UpDownCounter<i64>,
    routing_decisions: Counter<u64>,
    routing_duration: Histogram<f64>,
    job_duration: Histogram<f64>,
    jobs_due: Gauge<u64>,
    watches: UpDownCounter<i64>,
    events_delivered: Counter<u64>,
    database_duration: Histogram<f64>,
    database_errors: Counter<u64>,
}

impl Meters {
    /// The instruments of `provider`.
    pub fn new(provider: &impl MeterProvider) -> Self {
        let m = Make(provider.meter("helpdesk"));
        Self {
            call_duration: m.seconds("rpc.server.call.duration", "Time of one call until its last byte"),
            calls_in_flight: m.up_down("helpdesk.calls.in_flight", "Calls being worked on"),
            calls_refused: m.count("helpdesk.calls.refused", "Calls refused by a limit, by limit"),
            connections: m.up_down("helpdesk.connections", "Open connections"),
            credentials_refused: m
                .count("helpdesk.credentials.refused", "Credentials that were not accepted, by reason"),
            panics: m.count("helpdesk.panics", "Panics that were caught"),
            batch_size: m.sizes("helpdesk.lane.batch.size", "Operations committed together"),
            batch_duration: m.seconds("helpdesk.lane.batch.duration", "Time of one batch from load to commit"),
            lane_queue: m.up_down("helpdesk.lane.queue", "Operations that wait for their lane"),
            routing_decisions: m.count("helpdesk.routing.decisions", "Routing decisions, by outcome"),
            routing_duration: m.seconds("helpdesk.routing.duration", "Time of one routing decision"),
            job_duration: m.seconds("helpdesk.jobs.duration", "Time of one job, by kind and outcome"),
            jobs_due: m.gauge("helpdesk.jobs.due", "Jobs whose time has come and that nobody has taken"),
            watches: m.up_down("helpdesk.watches", "Open event streams"),
            events_delivered: m.count("helpdesk.events.delivered", "Events sent to watchers"),
            database_duration: m.seconds("db.client.operation.duration", "Time of one database step"),
            database_errors: m.count("helpdesk.db.errors", "Database steps that failed, by kind"),
        }
    }

    /// Instruments that measure nothing.
    pub fn noop() -> Self {
        Self::new(&NoopMeterProvider::new())
    }

    /// A call that ended.
    pub fn call(&self, labels: CallLabels<'_>, took: Duration) {
        let labels = [
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.service", labels.service.to_owned()),
            KeyValue::new("rpc.method", labels.method.to_owned()),
            KeyValue::new("rpc.response.status_code", labels.code),
        ];
        self.call_duration.record(took.as_secs_f64(), &labels);
    }

    /// One call more (`1`) or less (`-1`) is being worked on.
    pub fn calls_in_flight(&self, change: i64) {
        self.calls_in_flight.add(change, &[]);
    }

    /// A call that `limit` refused, for example `in_flight` or `metadata`.
    pub fn call_refused(&self, limit: &'static str) {
        self.calls_refused.add(1, &[KeyValue::new("limit", limit)]);
    }

    /// One connection more (`1`) or less (`-1`).
    pub fn connections(&self, change: i64) {
        self.connections.add(change, &[]);
    }

    /// A credential that was refused, with [`crate::auth::TokenFault::reason`] or another constant.
    pub fn credential_refused(&self, reason: &'static str) {
        self.credentials_refused.add(1, &[KeyValue::new("reason", reason)]);
    }

    /// A panic that was caught at `place`, for example `handler`, `lane` or `job`.
    pub fn panic(&self, place: &'static str) {
        self.panics.add(1, &[KeyValue::new("place", place)]);
    }

    /// A batch of a lane that ended as `outcome`: `committed`, `one_by_one` or `failed`.
    pub fn lane_batch(&self, operations: usize, took: Duration, outcome: &'static str) {
        let labels = [KeyValue::new("outcome", outcome)];
        self.batch_size.record(operations as u64, &labels);
        self.batch_duration.record(took.as_secs_f64(), &labels);
    }

    /// So many operations more or less wait for their lane.
    pub fn lane_queue(&self, change: i64) {
        self.lane_queue.add(change, &[]);
    }

    /// A routing decision and its outcome, for example `assigned`, `nobody_available` or `unrouted`.
    pub fn routing_decision(&self, outcome: &'static str, took: Duration) {
        let labels = [KeyValue::new("outcome", outcome)];
        self.routing_decisions.add(1, &labels);
        self.routing_duration.record(took.as_secs_f64(), &labels);
    }

    /// A try of a job of `kind` that ended as `outcome`: `done`, `failed`, `parked` or `fenced`.
    pub fn job(&self, kind: &'static str, outcome: &'static str, took: Duration) {
        let labels = [KeyValue::new("kind", kind), KeyValue::new("outcome", outcome)];
        self.job_duration.record(took.as_secs_f64(), &labels);
    }

    /// How many jobs are due and not taken.
    pub fn jobs_due(&self, count: u64) {
        self.jobs_due.record(count, &[]);
    }

    /// One event stream more (`1`) or less (`-1`).
    pub fn watches(&self, change: i64) {
        self.watches.add(change, &[]);
    }

    /// So many events were sent to watchers.
    pub fn events_delivered(&self, count: u64) {
        self.events_delivered.add(count, &[]);
    }

    /// A database step, for example `load`, `flush`, `commit` or `read`.
    pub fn database(&self, operation: &'static str, took: Duration) {
        self.database_duration.record(took.as_secs_f64(), &[KeyValue::new("db.operation.name", operation)]);
    }

    /// A database step that failed, for example by `timeout`, `connection` or `conflict`.
    pub fn database_error(&self, kind: &'static str) {
        self.database_errors.add(1, &[KeyValue::new("error.type", kind)]);
    }
}

/// Makes instruments with a name, a unit and a description.
struct Make(Meter);

impl Make {
    fn seconds(&self, name: &'static str, what: &'static str) -> Histogram<f64> {
        let builder = self.0.f64_histogram(name).with_unit("s").with_description(what);
        builder.with_boundaries(SECONDS.to_vec()).build()
    }

    fn sizes(&self, name: &'static str, what: &'static str) -> Histogram<u64> {
        self.0.u64_histogram(name).with_description(what).with_boundaries(OPERATIONS.to_vec()).build()
    }

    fn count(&self, name: &'static str, what: &'static str) -> Counter<u64> {
        self.0.u64_counter(name).with_description(what).build()
    }

    fn up_down(&self, name: &'static str, what: &'static str) -> UpDownCounter<i64> {
        self.0.i64_up_down_counter(name).with_description(what).build()
    }

    fn gauge(&self, name: &'static str, what: &'static str) -> Gauge<u64> {
        self.0.u64_gauge(name).with_description(what).build()
    }
}
