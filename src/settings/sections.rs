//! The settings as plain structures, one for each section of `settings.default.toml`.
//!
//! What each key means, its unit and its range stand in that file, once; the L-numbers there are the limits of the
//! reliability notes. The structures hold the values in the units of Rust: `Duration` for times, bytes for sizes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::risk::Risk;
use super::secret::{DatabaseUrl, Secret};
use super::units;

/// What the service is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Starts with anything that can work.
    Development,
    /// Refuses set-ups that are known to be unsafe.
    Production,
}

/// All settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the service is used for.
    pub mode: Mode,
    /// Findings that production starts with all the same.
    pub accept_risks: Vec<Risk>,
    /// Folder for raw mails and generated keys.
    pub data_dir: PathBuf,
    /// Copies of the service on one database.
    pub replicas: u32,
    /// The edge: listener and connections.
    pub server: ServerSettings,
    /// Sizes, times and numbers of calls.
    pub limits: LimitSettings,
    /// Streams of events.
    pub watch: WatchSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Write lanes.
    pub lanes: LaneSettings,
    /// Who may call.
    pub auth: AuthSettings,
    /// The secret of page and resume tokens.
    pub token_seal: TokenSealSettings,
    /// The event log.
    pub events: EventSettings,
    /// What replies may carry.
    pub replies: ReplySettings,
    /// Files of messages, comments and drafts.
    pub attachments: AttachmentSettings,
    /// Where bytes lie outside the database.
    pub blobs: BlobSettings,
    /// Calls of workflows.
    pub webhooks: WebhookSettings,
    /// Stored answers of writes.
    pub requests: RequestSettings,
    /// Background jobs.
    pub jobs: JobSettings,
    /// Outgoing mail.
    pub mail: MailSettings,
    /// Logs, traces and metrics.
    pub telemetry: TelemetrySettings,
}

/// `[server]`: listener and connections (L-06, L-07, L-09).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct ServerSettings {
    pub listen: SocketAddr,
    pub reflection: bool,
    pub connections: usize,
    pub connections_per_peer: usize,
    #[serde(with = "units::duration")]
    pub handshake: Duration,
    #[serde(with = "units::duration")]
    pub idle: Duration,
    #[serde(with = "units::duration")]
    pub connection_age: Duration,
    pub tls: TlsSettings,
    pub http2: Http2Settings,
    pub drain: DrainSettings,
}

/// `[server.tls]`: the files of TLS and mutual TLS.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct TlsSettings {
    #[serde(with = "units::path")]
    pub cert: Option<PathBuf>,
    #[serde(with = "units::path")]
    pub key: Option<PathBuf>,
    #[serde(with = "units::path")]
    pub client_ca: Option<PathBuf>,
}

/// `[server.http2]`: limits of one connection (L-04, L-05, L-08).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct Http2Settings {
    pub streams_per_connection: u32,
    pub local_error_resets: usize,
    pub pending_accept_resets: usize,
    #[serde(with = "units::duration")]
    pub keepalive_ping: Duration,
    #[serde(with = "units::duration")]
    pub keepalive_timeout: Duration,
    pub control_frames_per_second: u32,
}

/// `[server.drain]`: the way out after SIGTERM (L-28).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct DrainSettings {
    #[serde(with = "units::duration")]
    pub settle: Duration,
    #[serde(with = "units::duration")]
    pub work: Duration,
    #[serde(with = "units::duration")]
    pub exit: Duration,
}

/// `[limits]`: sizes, times and numbers of calls (L-01 to L-03, L-10, L-14, L-16).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct LimitSettings {
    #[serde(with = "units::bytes")]
    pub request: usize,
    #[serde(with = "units::bytes")]
    pub text_request: usize,
    #[serde(with = "units::bytes")]
    pub ingest_request: usize,
    #[serde(with = "units::bytes")]
    pub response: usize,
    #[serde(with = "units::bytes")]
    pub list_response: usize,
    #[serde(with = "units::bytes")]
    pub metadata_wire: usize,
    #[serde(with = "units::bytes")]
    pub metadata: usize,
    #[serde(with = "units::bytes")]
    pub token: usize,
    #[serde(with = "units::duration")]
    pub call_time: Duration,
    #[serde(with = "units::duration")]
    pub bulk_call_time: Duration,
    #[serde(with = "units::duration")]
    pub least_time_left: Duration,
    pub sender_tickets: u32,
    pub search_texts: u32,
    pub in_flight_start: usize,
    pub in_flight_min: usize,
    pub in_flight_max: usize,
    #[serde(with = "units::duration")]
    pub queue_wait: Duration,
    pub page_default: u32,
    pub page_max: u32,
    #[serde(with = "units::duration")]
    pub page_token_age: Duration,
}

/// `[watch]`: streams of events (L-11, L-12).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct WatchSettings {
    #[serde(with = "units::duration")]
    pub stream_age: Duration,
    #[serde(with = "units::duration")]
    pub progress: Duration,
    pub per_caller: usize,
    pub per_account: usize,
    pub per_replica: usize,
    pub buffer_events: usize,
    #[serde(with = "units::bytes")]
    pub buffer: usize,
}

/// `[database]`: where the data is and how long it may take (L-20, L-21).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct DatabaseSettings {
    pub url: DatabaseUrl,
    pub read_connections: u32,
    pub write_connections: u32,
    #[serde(with = "units::duration")]
    pub acquire: Duration,
    #[serde(with = "units::duration")]
    pub statement: Duration,
    #[serde(with = "units::duration")]
    pub lock: Duration,
    #[serde(with = "units::duration")]
    pub idle_in_transaction: Duration,
    #[serde(with = "units::duration")]
    pub transaction: Duration,
    #[serde(with = "units::duration")]
    pub tcp_user_timeout: Duration,
    #[serde(with = "units::duration")]
    pub slow_statement: Duration,
}

/// `[lanes]`: how writes are gathered (decisions W7 and W8).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct LaneSettings {
    pub batch_operations: usize,
    pub batch_rows: usize,
    #[serde(with = "units::duration")]
    pub batch_time: Duration,
    pub queue: usize,
}

/// A signature algorithm that settings can allow (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum TokenAlgorithm {
    /// Ed25519.
    EdDSA,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
}

/// `[auth]`: who may call (decision A3).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct AuthSettings {
    #[serde(with = "units::path")]
    pub key_set: Option<PathBuf>,
    #[serde(with = "units::path")]
    pub operator_key_set: Option<PathBuf>,
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<TokenAlgorithm>,
    pub hs256_secret: Secret,
    #[serde(with = "units::duration")]
    pub leeway: Duration,
    #[serde(with = "units::duration")]
    pub token_max_age: Duration,
    #[serde(with = "units::duration")]
    pub key_reload: Duration,
    #[serde(with = "units::path")]
    pub signing_key: Option<PathBuf>,
    #[serde(with = "units::path")]
    pub operator_signing_key: Option<PathBuf>,
}

/// `[token_seal]`: the secret of page and resume tokens.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct TokenSealSettings {
    pub key: Secret,
}

/// `[events]`: the event log (L-13).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct EventSettings {
    #[serde(with = "units::duration")]
    pub retention: Duration,
    pub keep_at_least: u64,
}

/// `[replies]`: what replies may carry.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplySettings {
    /// See `settings.default.toml`.
    pub link_hosts: Vec<String>,
}

/// `[attachments]`: files of messages, comments and drafts.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct AttachmentSettings {
    #[serde(with = "units::bytes")]
    pub max_size: usize,
    #[serde(with = "units::bytes")]
    pub together: usize,
    pub waiting: usize,
    #[serde(with = "units::duration")]
    pub keep: Duration,
    pub uploads: usize,
    #[serde(with = "units::duration")]
    pub idle: Duration,
    pub denied: Vec<String>,
}

/// `[blobs]`: where bytes lie outside the database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct BlobSettings {
    #[serde(with = "units::path")]
    pub folder: Option<PathBuf>,
    pub s3: S3Settings,
}

/// `[blobs.s3]`: an S3-compatible store.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct S3Settings {
    pub bucket: String,
    pub endpoint: String,
    pub region: String,
    pub virtual_hosted: bool,
    pub access_key_id: Secret,
    pub secret_access_key: Secret,
    #[serde(with = "units::path")]
    pub ca: Option<PathBuf>,
    #[serde(with = "units::duration")]
    pub timeout: Duration,
    pub retries: usize,
}

/// `[webhooks]`: where calls of workflows may go.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// See `settings.default.toml`.
    pub allow: Vec<String>,
    /// Authorities that are trusted beside the public ones.
    #[serde(with = "units::path")]
    pub ca: Option<PathBuf>,
    /// Time of one call.
    #[serde(with = "units::duration")]
    pub timeout: Duration,
}

/// `[requests]`: stored answers of writes (L-30).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct RequestSettings {
    #[serde(with = "units::duration")]
    pub retention: Duration,
}

/// `[jobs]`: background work (L-23, decision T2).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct JobSettings {
    pub workers: usize,
    #[serde(with = "units::duration")]
    pub poll: Duration,
    #[serde(with = "units::duration")]
    pub lease: Duration,
    pub attempts: u32,
}

/// `[mail]`: outgoing mail.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct MailSettings {
    pub from_domain: String,
    #[serde(with = "units::path")]
    pub maildir: Option<PathBuf>,
    #[serde(with = "units::duration")]
    pub give_up: Duration,
    pub tries: u32,
    pub smtp: SmtpSettings,
}

/// How the connection to the mail server is protected (RFC 3207, RFC 8314).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// TLS after STARTTLS, or nothing.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// `[mail.smtp]`: the mail server that takes outgoing mail.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub user: String,
    #[serde(with = "units::path")]
    pub password_file: Option<PathBuf>,
    #[serde(with = "units::path")]
    pub ca: Option<PathBuf>,
    #[serde(with = "units::duration")]
    pub timeout: Duration,
    pub connections: u32,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// `[telemetry]`: logs, traces and metrics.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in settings.default.toml")]
pub struct TelemetrySettings {
    pub log: String,
    pub log_format: LogFormat,
    pub otlp_endpoint: String,
    #[serde(with = "units::path")]
    pub otlp_ca: Option<PathBuf>,
    #[serde(with = "units::duration")]
    pub otlp_timeout: Duration,
    #[serde(with = "units::duration")]
    pub otlp_metrics_interval: Duration,
    pub trace_sample: f64,
    #[serde(with = "units::optional")]
    pub metrics_listen: Option<SocketAddr>,
    #[serde(with = "units::duration")]
    pub flush: Duration,
}
