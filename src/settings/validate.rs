//! Ranges, and limits that must fit together.
//!
//! Everything wrong is reported at once, one line each, so that nobody starts the service five times to find five errors.

use std::fmt::Display;
use std::time::Duration;

use super::risk::Problem;
use super::seal_key::SealKey;
use super::secret::Engine;
use super::sections::{
    AttachmentSettings, AuthSettings, DatabaseSettings, JobSettings, LimitSettings, MailSettings, Mode, S3Settings,
    ServerSettings, Settings, TelemetrySettings, WatchSettings, WebhookSettings,
};
use super::units::{format_bytes, format_duration};
use super::unsafe_setups;
use crate::webhook::network;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

impl Settings {
    /// Checks every range, the limits that belong together, and in production what is known to be unsafe (T-55).
    ///
    /// # Errors
    /// All problems found.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut checks = Checks::default();
        self.check_whole(&mut checks);
        check_server(&self.server, &mut checks);
        check_limits(&self.limits, &mut checks);
        check_watch(&self.watch, &mut checks);
        check_database(&self.database, &mut checks);
        self.check_lanes_and_retention(&mut checks);
        check_auth(&self.auth, &mut checks);
        check_attachments(&self.attachments, &mut checks);
        check_s3(&self.blobs.s3, &mut checks);
        check_jobs(&self.jobs, &mut checks);
        check_webhooks(&self.webhooks, self.jobs.lease, &mut checks);
        check_mail(&self.mail, self.jobs.lease, &mut checks);
        check_telemetry(&self.telemetry, &mut checks);
        if self.mode == Mode::Production {
            checks.0.extend(self.unaccepted(unsafe_setups::find(self)));
        }
        if checks.0.is_empty() { Ok(()) } else { Err(checks.0) }
    }

    /// Those of `problems` that are not accepted by name.
    pub(super) fn unaccepted(&self, problems: Vec<Problem>) -> impl Iterator<Item = Problem> {
        problems.into_iter().filter(|problem| problem.risk.is_none_or(|risk| !self.accept_risks.contains(&risk)))
    }

    fn check_whole(&self, checks: &mut Checks) {
        checks.range("replicas", self.replicas, 1, 100);
        checks.that("data_dir", !self.data_dir.as_os_str().is_empty(), "must name a folder");
        let key = self.token_seal.key.expose();
        let is_key = !self.token_seal.key.is_set() || SealKey::from_base64(key).is_some();
        checks.that("token_seal.key", is_key, "must be 32 bytes in base64 (openssl rand -base64 32)");
        if self.replicas > 1 {
            let postgres = self.database.url.engine() == Engine::Postgres;
            checks.that("replicas", postgres, "SQLite serves one replica; use PostgreSQL for more");
            let same_key = self.token_seal.key.is_set();
            checks.that("token_seal.key", same_key, "must be set with several replicas: all need the same one");
        }
    }

    fn check_lanes_and_retention(&self, checks: &mut Checks) {
        checks.range("lanes.batch_operations", self.lanes.batch_operations, 1, 64);
        checks.range("lanes.batch_rows", self.lanes.batch_rows, 100, 2_000);
        checks.time("lanes.batch_time", self.lanes.batch_time, millis(1), secs(1));
        checks.range("lanes.queue", self.lanes.queue, 1, 100_000);
        let plain = |host: &String| !host.is_empty() && *host == host.to_lowercase() && !host.contains(['/', ':']);
        let named = self.replies.link_hosts.iter().all(plain);
        checks.that("replies.link_hosts", named, "must be names of hosts in lower case");
        checks.time("events.retention", self.events.retention, hours(1), hours(90 * 24));
        checks.range("events.keep_at_least", self.events.keep_at_least, 0, 10_000_000);
        checks.time("requests.retention", self.requests.retention, hours(1), hours(30 * 24));
    }
}

fn check_server(server: &ServerSettings, checks: &mut Checks) {
    checks.range("server.connections", server.connections, 1, 65_536);
    checks.range("server.connections_per_peer", server.connections_per_peer, 0, 65_536);
    checks.time("server.handshake", server.handshake, millis(100), secs(60));
    checks.time("server.idle", server.idle, secs(10), hours(1));
    checks.time("server.connection_age", server.connection_age, secs(60), hours(24));
    let tls = &server.tls;
    checks.that(
        "server.tls",
        tls.cert.is_some() == tls.key.is_some(),
        "cert and key belong together: set both or none",
    );
    let has_identity = tls.client_ca.is_none() || tls.cert.is_some();
    checks.that("server.tls.client_ca", has_identity, "client certificates can only be demanded with cert and key");
    let http2 = &server.http2;
    checks.range("server.http2.streams_per_connection", http2.streams_per_connection, 100, 10_000);
    checks.range("server.http2.local_error_resets", http2.local_error_resets, 20, 100_000);
    checks.range("server.http2.pending_accept_resets", http2.pending_accept_resets, 1, 10_000);
    checks.time("server.http2.keepalive_ping", http2.keepalive_ping, secs(5), secs(600));
    checks.time("server.http2.keepalive_timeout", http2.keepalive_timeout, secs(1), secs(60));
    checks.range("server.http2.control_frames_per_second", http2.control_frames_per_second, 100, 1_000_000);
    let drain = &server.drain;
    checks.time("server.drain.settle", drain.settle, Duration::ZERO, secs(60));
    checks.time("server.drain.work", drain.work, Duration::ZERO, secs(300));
    checks.time("server.drain.exit", drain.exit, secs(1), secs(600));
    checks.time_order("server.drain.exit", drain.exit, "settle and work together", drain.settle + drain.work);
}

fn check_limits(limits: &LimitSettings, checks: &mut Checks) {
    let top = 64 * MIB;
    checks.size("limits.request", limits.request, KIB, top);
    checks.size("limits.text_request", limits.text_request, limits.request, top);
    checks.size("limits.ingest_request", limits.ingest_request, limits.text_request, top);
    checks.size("limits.response", limits.response, 64 * KIB, top);
    checks.size("limits.list_response", limits.list_response, 16 * KIB, limits.response);
    checks.size("limits.metadata_wire", limits.metadata_wire, 4 * KIB, MIB);
    checks.size("limits.metadata", limits.metadata, 2 * KIB, limits.metadata_wire);
    checks.size("limits.token", limits.token, 512, limits.metadata);
    checks.time("limits.call_time", limits.call_time, millis(100), secs(300));
    checks.time("limits.bulk_call_time", limits.bulk_call_time, limits.call_time, secs(1_800));
    checks.time("limits.least_time_left", limits.least_time_left, Duration::ZERO, secs(1));
    checks.range("limits.sender_tickets", limits.sender_tickets, 0, 1_000_000);
    checks.range("limits.search_texts", limits.search_texts, 10, 1_000_000);
    checks.range("limits.in_flight_min", limits.in_flight_min, 1, 10_000);
    checks.range("limits.in_flight_max", limits.in_flight_max, limits.in_flight_min, 100_000);
    checks.range("limits.in_flight_start", limits.in_flight_start, limits.in_flight_min, limits.in_flight_max);
    checks.time("limits.queue_wait", limits.queue_wait, millis(1), limits.call_time.min(secs(10)));
    checks.range("limits.page_max", limits.page_max, 1, 1_000);
    checks.range("limits.page_default", limits.page_default, 1, limits.page_max);
    checks.time("limits.page_token_age", limits.page_token_age, secs(60), hours(30 * 24));
}

fn check_watch(watch: &WatchSettings, checks: &mut Checks) {
    checks.time("watch.stream_age", watch.stream_age, secs(60), hours(24));
    checks.time("watch.progress", watch.progress, secs(5), secs(60));
    checks.range("watch.per_replica", watch.per_replica, 1, 1_000_000);
    checks.range("watch.per_account", watch.per_account, 1, watch.per_replica);
    checks.range("watch.per_caller", watch.per_caller, 1, watch.per_account);
    checks.range("watch.buffer_events", watch.buffer_events, 1, 10_000);
    checks.size("watch.buffer", watch.buffer, 64 * KIB, 64 * MIB);
}

fn check_database(database: &DatabaseSettings, checks: &mut Checks) {
    checks.range("database.read_connections", database.read_connections, 1, 500);
    checks.range("database.write_connections", database.write_connections, 1, 500);
    checks.time("database.acquire", database.acquire, millis(10), secs(30));
    checks.time("database.statement", database.statement, millis(100), secs(300));
    checks.time("database.lock", database.lock, millis(10), database.statement);
    let idle = database.idle_in_transaction;
    checks.time("database.idle_in_transaction", idle, database.statement.max(secs(1)), secs(600));
    checks.time("database.transaction", database.transaction, database.statement, secs(600));
    checks.time("database.tcp_user_timeout", database.tcp_user_timeout, secs(1), secs(300));
    checks.time("database.slow_statement", database.slow_statement, millis(1), secs(300));
}

fn check_auth(auth: &AuthSettings, checks: &mut Checks) {
    checks.range("auth.issuer (characters)", auth.issuer.chars().count(), 1, 255);
    checks.range("auth.audience (characters)", auth.audience.chars().count(), 1, 255);
    checks.time("auth.leeway", auth.leeway, Duration::ZERO, secs(60));
    checks.time("auth.token_max_age", auth.token_max_age, secs(60), hours(24));
    checks.time("auth.key_reload", auth.key_reload, millis(100), secs(5));
    checks.that("auth.algorithms", !auth.algorithms.is_empty(), "must name at least one algorithm");
    let separate = auth.operator_key_set.is_none() || auth.operator_key_set != auth.key_set;
    checks.that(
        "auth.operator_key_set",
        separate,
        "must be another file than key_set: users must not sign for operators",
    );
    let separate = auth.operator_signing_key.is_none() || auth.operator_signing_key != auth.signing_key;
    checks.that("auth.operator_signing_key", separate, "must be another file than signing_key");
    let long_enough = !auth.hs256_secret.is_set() || auth.hs256_secret.expose().trim().len() >= 32;
    checks.that("auth.hs256_secret", long_enough, "must have at least 32 characters (RFC 7518, section 3.2)");
}

fn check_attachments(attachments: &AttachmentSettings, checks: &mut Checks) {
    let top = 256 * MIB;
    checks.size("attachments.max_size", attachments.max_size, KIB, top);
    checks.size("attachments.together", attachments.together, attachments.max_size, top);
    checks.range("attachments.waiting", attachments.waiting, 1, 10_000);
    checks.time("attachments.keep", attachments.keep, hours(1), hours(30 * 24));
    checks.range("attachments.uploads", attachments.uploads, 1, 1_000);
    checks.time("attachments.idle", attachments.idle, millis(100), secs(300));
    let plain = |entry: &String| !entry.is_empty() && !entry.starts_with('.') && !entry.contains(char::is_whitespace);
    let fit = attachments.denied.iter().all(plain);
    checks.that("attachments.denied", fit, "must be endings without dot, or media types");
}

fn check_s3(s3: &S3Settings, checks: &mut Checks) {
    checks.time("blobs.s3.timeout", s3.timeout, millis(100), secs(25));
    checks.range("blobs.s3.retries", s3.retries, 0, 10);
    if s3.bucket.is_empty() {
        return;
    }
    let keys = s3.access_key_id.is_set() && s3.secret_access_key.is_set();
    checks.that("blobs.s3.access_key_id", keys, "`access_key_id` and `secret_access_key` must be set with a bucket");
    checks.that("blobs.s3.region", !s3.region.is_empty(), "must be set with a bucket");
    let scheme = s3.endpoint.is_empty() || s3.endpoint.starts_with("http://") || s3.endpoint.starts_with("https://");
    let host = s3.endpoint.is_empty() || s3.endpoint.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some());
    checks.that("blobs.s3.endpoint", scheme && host, "must be https:// or http:// with a host");
}

fn check_jobs(jobs: &JobSettings, checks: &mut Checks) {
    checks.range("jobs.workers", jobs.workers, 1, 256);
    checks.time("jobs.poll", jobs.poll, millis(10), secs(60));
    checks.time("jobs.lease", jobs.lease, secs(1), secs(600));
    checks.range("jobs.attempts", jobs.attempts, 1, 100);
}

fn check_webhooks(webhooks: &WebhookSettings, lease: Duration, checks: &mut Checks) {
    let networks = webhooks.allow.iter().all(|text| network(text).is_some());
    checks.that("webhooks.allow", networks, "must be addresses or networks such as 10.0.0.0/8");
    let most = lease.saturating_sub(secs(1)).clamp(millis(100), secs(15));
    checks.time("webhooks.timeout", webhooks.timeout, millis(100), most);
}

fn check_mail(mail: &MailSettings, lease: Duration, checks: &mut Checks) {
    checks.that("mail.from_domain", is_domain(&mail.from_domain), "must be a domain name");
    checks.time("mail.give_up", mail.give_up, secs(60), hours(7 * 24));
    checks.range("mail.tries", mail.tries, 1, 20);
    let smtp = &mail.smtp;
    checks.range("mail.smtp.port", smtp.port, 1, u16::MAX);
    checks.time("mail.smtp.timeout", smtp.timeout, secs(1), lease.saturating_sub(secs(1)).max(secs(1)));
    checks.range("mail.smtp.connections", smtp.connections, 1, 100);
    let both = smtp.user.is_empty() == smtp.password_file.is_none();
    checks.that("mail.smtp.password_file", both, "`user` and `password_file` are set together");
}

/// Letters, digits and hyphens between dots, as far as a greeting or an address can carry them.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn check_telemetry(telemetry: &TelemetrySettings, checks: &mut Checks) {
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&telemetry.log) {
        checks.0.push(Problem::wrong("telemetry.log", format!("\"{}\" is no log filter: {error}", telemetry.log)));
    }
    let endpoint = telemetry.otlp_endpoint.as_str();
    let scheme = endpoint.is_empty() || endpoint.starts_with("http://") || endpoint.starts_with("https://");
    checks.that("telemetry.otlp_endpoint", scheme, "must begin with http:// or https://");
    let uri = endpoint.is_empty() || endpoint.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some());
    checks.that("telemetry.otlp_endpoint", uri, "must be a URL with a host");
    checks.time("telemetry.otlp_timeout", telemetry.otlp_timeout, millis(100), secs(60));
    checks.time("telemetry.otlp_metrics_interval", telemetry.otlp_metrics_interval, secs(1), hours(1));
    checks.range("telemetry.trace_sample", telemetry.trace_sample, 0.0, 1.0);
    checks.time("telemetry.flush", telemetry.flush, Duration::ZERO, secs(60));
}

/// The problems found so far.
#[derive(Default)]
struct Checks(Vec<Problem>);

impl Checks {
    fn that(&mut self, key: &'static str, holds: bool, text: &str) {
        if !holds {
            self.0.push(Problem::wrong(key, text));
        }
    }

    fn range<T: PartialOrd + Display + Copy>(&mut self, key: &'static str, value: T, min: T, max: T) {
        self.within(key, &value, &min, &max, ToString::to_string);
    }

    fn time(&mut self, key: &'static str, value: Duration, min: Duration, max: Duration) {
        self.within(key, &value, &min, &max, |span| format_duration(*span));
    }

    fn size(&mut self, key: &'static str, value: usize, min: usize, max: usize) {
        self.within(key, &value, &min, &max, |bytes| format_bytes(*bytes));
    }

    fn time_order(&mut self, key: &'static str, value: Duration, other: &str, least: Duration) {
        if value < least {
            let (value, least) = (format_duration(value), format_duration(least));
            self.0.push(Problem::wrong(key, format!("{value} is less than {other} ({least})")));
        }
    }

    fn within<T: PartialOrd>(&mut self, key: &'static str, value: &T, min: &T, max: &T, show: impl Fn(&T) -> String) {
        if min > max {
            // The limit that sets this end is out of range itself and is reported already.
            return;
        }
        // Written so that NaN is refused.
        if !(value >= min && value <= max) {
            let (value, min, max) = (show(value), show(min), show(max));
            self.0.push(Problem::wrong(key, format!("{value} is not between {min} and {max}")));
        }
    }
}

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}

#[cfg(test)]
mod tests;
