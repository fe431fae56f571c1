//! What production refuses although it would work (T-55). Pure: files are looked at by `self_check`.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::risk::{Problem, Risk};
use super::secret::Engine;
use super::sections::{Settings, SmtpTls};

/// Passwords that are tried first.
const COMMON_PASSWORDS: [&str; 10] =
    ["", "postgres", "password", "helpdesk", "changeme", "change-me", "secret", "admin", "root", "test"];

/// Every unsafe set-up of `settings`.
pub(super) fn find(settings: &Settings) -> Vec<Problem> {
    [
        plaintext_listener(settings),
        public_metrics(settings),
        plaintext_database(settings),
        weak_database_password(settings),
        memory_database(settings),
        temporary_data(settings),
        weak_secret(settings),
        signing_key(settings),
        plaintext_telemetry(settings),
        plaintext_mail(settings),
        plaintext_blobs(settings),
        trace_logs(settings),
        debug_build(cfg!(debug_assertions)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn plaintext_listener(settings: &Settings) -> Option<Problem> {
    let open = !settings.server.listen.ip().is_loopback() && settings.server.tls.cert.is_none();
    let text = format!("{} is open to others without TLS; set server.tls.cert and key", settings.server.listen);
    open.then(|| Problem::unsafe_setup("server.listen", Risk::PlaintextListener, text))
}

fn public_metrics(settings: &Settings) -> Option<Problem> {
    let open = settings.telemetry.metrics_listen.filter(|address: &SocketAddr| !address.ip().is_loopback())?;
    let text = format!("{open} shows the metrics to others without access control");
    Some(Problem::unsafe_setup("telemetry.metrics_listen", Risk::PublicMetrics, text))
}

fn plaintext_database(settings: &Settings) -> Option<Problem> {
    let url = &settings.database.url;
    let host = url.host().filter(|host| !is_local(host))?;
    let mode = url.parameter("sslmode").or_else(|| url.parameter("ssl-mode")).unwrap_or("prefer");
    let enforced = matches!(mode, "require" | "verify-ca" | "verify-full");
    let text = format!("sslmode={mode} lets the connection to {host} go without TLS; use verify-full");
    (!enforced).then(|| Problem::unsafe_setup("database.url", Risk::PlaintextDatabase, text))
}

fn plaintext_blobs(settings: &Settings) -> Option<Problem> {
    let s3 = &settings.blobs.s3;
    let endpoint = s3.endpoint.strip_prefix("http://").filter(|_| !s3.bucket.is_empty())?;
    let authority = endpoint.split('/').next().unwrap_or(endpoint);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    let text = format!("files go to {host} without TLS; use https://");
    (!is_local(host)).then(|| Problem::unsafe_setup("blobs.s3.endpoint", Risk::PlaintextBlobs, text))
}

fn weak_database_password(settings: &Settings) -> Option<Problem> {
    let url = &settings.database.url;
    let password = url.password().or_else(|| url.parameter("password"))?;
    let weak = COMMON_PASSWORDS.contains(&password.to_lowercase().as_str());
    weak.then(|| Problem::unsafe_setup("database.url", Risk::WeakDatabasePassword, "its password is easily guessed"))
}

fn memory_database(settings: &Settings) -> Option<Problem> {
    let text = "an in-memory database is lost when the process ends";
    settings.database.url.is_in_memory().then(|| Problem::unsafe_setup("database.url", Risk::MemoryDatabase, text))
}

fn temporary_data(settings: &Settings) -> Option<Problem> {
    let temporary = |path: &Path| ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|root| path.starts_with(root));
    if temporary(&settings.data_dir) {
        let text = format!("{} is cleaned up by the system", settings.data_dir.display());
        return Some(Problem::unsafe_setup("data_dir", Risk::TemporaryData, text));
    }
    let url = &settings.database.url;
    let file = url.expose().strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    let in_folder = url.engine() == Engine::Sqlite && file.is_some_and(|file| temporary(Path::new(file)));
    let text = "the database file lies in a folder that the system cleans up";
    in_folder.then(|| Problem::unsafe_setup("database.url", Risk::TemporaryData, text))
}

fn weak_secret(settings: &Settings) -> Option<Problem> {
    let secret = settings.auth.hs256_secret.expose();
    let mut letters: Vec<u8> = secret.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    let lower = secret.to_lowercase();
    let guessable =
        letters.len() < 8 || ["changeme", "change-me", "password", "example"].iter().any(|w| lower.contains(w));
    let text = "can be guessed; make one with `openssl rand -base64 32`";
    (settings.auth.hs256_secret.is_set() && guessable)
        .then(|| Problem::unsafe_setup("auth.hs256_secret", Risk::WeakSecret, text))
}

fn signing_key(settings: &Settings) -> Option<Problem> {
    let auth = &settings.auth;
    let key = match (&auth.signing_key, &auth.operator_signing_key) {
        (Some(_), _) => "auth.signing_key",
        (None, Some(_)) => "auth.operator_signing_key",
        (None, None) => return None,
    };
    Some(Problem::unsafe_setup(key, Risk::SigningKey, "is for development; tokens come from who signs people in"))
}

fn plaintext_mail(settings: &Settings) -> Option<Problem> {
    let smtp = &settings.mail.smtp;
    let open = smtp.tls == SmtpTls::None && !smtp.host.is_empty() && !is_local(&smtp.host);
    let text = format!("sends mail to {} without TLS; use \"starttls\" or \"tls\"", smtp.host);
    open.then(|| Problem::unsafe_setup("mail.smtp.tls", Risk::PlaintextMail, text))
}

fn plaintext_telemetry(settings: &Settings) -> Option<Problem> {
    let endpoint = settings.telemetry.otlp_endpoint.strip_prefix("http://")?;
    let uri = format!("http://{endpoint}").parse::<http::Uri>().ok()?;
    let host = uri.host().map(|host| host.trim_matches(['[', ']'])).filter(|host| !is_local(host))?;
    let text = format!("sends traces and logs to {host} without TLS");
    Some(Problem::unsafe_setup("telemetry.otlp_endpoint", Risk::PlaintextTelemetry, text))
}

fn trace_logs(settings: &Settings) -> Option<Problem> {
    let trace = settings.telemetry.log.split(',').any(|part| {
        let level = part.rsplit('=').next().unwrap_or(part).trim();
        level.eq_ignore_ascii_case("trace")
    });
    let text = "level trace shows what the libraries below put on the wire, tokens included";
    trace.then(|| Problem::unsafe_setup("telemetry.log", Risk::TraceLogs, text))
}

fn debug_build(is_debug: bool) -> Option<Problem> {
    let text = "this program was built for debugging; build it with --release";
    is_debug.then(|| Problem::unsafe_setup("mode", Risk::DebugBuild, text))
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with('/') || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::load::{Sources, load_unchecked};
    use super::*;

    const SAFE: [(&str, &str); 3] = [
        ("mode", "production"),
        ("data_dir", "/var/lib/helpdesk"),
        ("database.url", "postgres://desk:correct-horse@db.internal/desk?sslmode=verify-full"),
    ];

    /// The risks that production finds beside the debug build that every test is.
    fn risks(changes: &[(&str, &str)]) -> Vec<Risk> {
        let flags = SAFE.iter().chain(changes).map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let settings = load_unchecked(&Sources { flags, ..Sources::default() }).expect("readable");
        let problems = settings.validate().err().unwrap_or_default();
        let risks = problems.iter().map(|problem| problem.risk.expect("only risks here"));
        risks.filter(|risk| *risk != Risk::DebugBuild).collect()
    }

    #[test]
    fn a_safe_production_set_up_is_accepted() {
        assert_eq!(risks(&[]), []);
        let tls = [("server.tls.cert", "c.pem"), ("server.tls.key", "k.pem")];
        assert_eq!(risks(&[tls[0], tls[1], ("server.listen", "0.0.0.0:443")]), []);
    }

    #[test]
    fn unsafe_set_ups_are_refused_in_production_by_name() {
        let cases = [
            ("server.listen", "0.0.0.0:50051", Risk::PlaintextListener),
            ("server.listen", "[2001:db8::1]:50051", Risk::PlaintextListener),
            ("telemetry.metrics_listen", "0.0.0.0:9464", Risk::PublicMetrics),
            ("database.url", "postgres://d:correct-horse@db.internal/desk", Risk::PlaintextDatabase),
            ("database.url", "postgres://d:correct-horse@db.internal/desk?sslmode=disable", Risk::PlaintextDatabase),
            (
                "database.url",
                "postgres://d:correct-horse@[2001:db8::1]:5432/desk?sslmode=prefer",
                Risk::PlaintextDatabase,
            ),
            ("database.url", "postgres://postgres:postgres@localhost/desk", Risk::WeakDatabasePassword),
            ("database.url", "postgres://d:@127.0.0.1/desk", Risk::WeakDatabasePassword),
            ("database.url", "sqlite::memory:", Risk::MemoryDatabase),
            ("database.url", "sqlite://x?mode=memory", Risk::MemoryDatabase),
            ("database.url", "sqlite:///tmp/desk.db?mode=rwc", Risk::TemporaryData),
            ("data_dir", "/tmp/desk", Risk::TemporaryData),
            ("auth.hs256_secret", "changeme-changeme-changeme-changeme", Risk::WeakSecret),
            ("auth.hs256_secret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Risk::WeakSecret),
            ("auth.signing_key", "dev.pem", Risk::SigningKey),
            ("auth.operator_signing_key", "dev.pem", Risk::SigningKey),
            ("telemetry.otlp_endpoint", "http://collector.internal:4317", Risk::PlaintextTelemetry),
            ("telemetry.log", "info,h2=trace", Risk::TraceLogs),
            ("telemetry.log", "TRACE", Risk::TraceLogs),
        ];
        for (key, text, risk) in cases {
            assert_eq!(risks(&[(key, text)]), [risk], "{key} = {text}");
            assert_eq!(risks(&[(key, text), ("accept_risks", &risk.to_string())]), [], "{key} = {text} accepted");
            assert_eq!(risks(&[(key, text), ("mode", "development")]), [], "{key} = {text} in development");
        }
    }

    #[test]
    fn a_debug_build_is_refused_in_production() {
        assert!(debug_build(true).is_some_and(|problem| problem.risk == Some(Risk::DebugBuild)));
        assert!(debug_build(false).is_none());
    }

    #[test]
    fn a_mail_server_elsewhere_needs_tls() {
        let sent_to = |host| [("mail.smtp.host", host), ("mail.smtp.tls", "none")];
        assert_eq!(risks(&sent_to("mx.internal")), [Risk::PlaintextMail]);
        assert_eq!(risks(&sent_to("127.0.0.1")), []);
        assert_eq!(risks(&[("mail.smtp.host", "mx.internal")]), []);
    }

    #[test]
    fn a_store_elsewhere_needs_tls() {
        let keys = [("blobs.s3.access_key_id", "id"), ("blobs.s3.secret_access_key", "secret")];
        let kept_at = |endpoint| [keys[0], keys[1], ("blobs.s3.bucket", "files"), ("blobs.s3.endpoint", endpoint)];
        assert_eq!(risks(&kept_at("http://s3.internal:9000")), [Risk::PlaintextBlobs]);
        for safe in ["http://127.0.0.1:9000", "http://[::1]:9000/", "https://s3.internal", ""] {
            assert_eq!(risks(&kept_at(safe)), [], "{safe}");
        }
    }

    #[test]
    fn a_local_collector_needs_no_tls() {
        assert_eq!(risks(&[("telemetry.otlp_endpoint", "http://127.0.0.1:4317")]), []);
        assert_eq!(risks(&[("telemetry.otlp_endpoint", "http://[::1]:4317")]), []);
        assert_eq!(risks(&[("telemetry.otlp_endpoint", "https://collector.internal:4317")]), []);
    }
}
