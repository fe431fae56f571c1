//! Reading settings from their sources.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::Dict;

use super::layers::{Layer, nearest_key};
use super::risk::Problem;
use super::sections::Settings;

/// The commented default file, as it is built into the program.
pub const DEFAULT_TOML: &str = include_str!("../settings.default.toml");

/// Where settings come from beside the default file; later ones win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML file that must exist.
    pub file: Option<PathBuf>,
    /// Names and values of environment variables; only those that begin with `HELPDESK__` count.
    pub environment: Vec<(String, String)>,
    /// Dotted keys and texts, from flags.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The given file and flags, and the environment of this process.
    ///
    /// Variables that are not Unicode are passed over.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { file, environment: std::env::vars_os().filter_map(unicode).collect(), flags }
    }
}

/// Why there are no settings to start with.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read settings file {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{place} is not TOML: line {line}: {reason}")]
    NotToml {
        /// Which text.
        place: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A key that does not exist.
    #[error("there is no setting \"{key}\" ({place}){hint}")]
    Unknown {
        /// The key as a dotted path.
        key: String,
        /// Who asked for it.
        place: String,
        /// What may have been meant.
        hint: String,
    },
    /// A value of the wrong type; the text names key and source.
    #[error("{0}")]
    WrongType(Box<figment::Error>),
    /// Values that are out of range, do not fit together or are unsafe.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<Problem>),
}

impl SettingsError {
    /// An unknown key with the name of a near one.
    pub(super) fn unknown(key: String, place: &str, known: &Dict) -> Self {
        let hint = nearest_key(&key, known).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        Self::Unknown { key, place: place.to_owned(), hint }
    }
}

/// Reads and checks the settings.
///
/// # Errors
/// [`SettingsError`], whose text is one line for each finding and names key and source.
pub fn load(sources: &Sources) -> Result<Settings, SettingsError> {
    let settings = load_unchecked(sources)?;
    settings.validate().map_err(SettingsError::Refused)?;
    Ok(settings)
}

/// Reads the settings without judging them, for printing what was read.
///
/// # Errors
/// As [`load`], except [`SettingsError::Refused`].
pub fn load_unchecked(sources: &Sources) -> Result<Settings, SettingsError> {
    let defaults = Layer::from_toml(DEFAULT_TOML, "the default settings", None)?;
    let known = defaults.values().clone();
    let file = sources.file.as_deref().map(|path| read_file(path, &known)).transpose()?;
    let environment = Layer::from_environment(&sources.environment, &known)?;
    let flags = Layer::from_flags(&sources.flags, &known)?;
    let mut layers = Figment::from(defaults);
    if let Some(file) = file {
        layers = layers.merge(file);
    }
    let merged = layers.merge(environment).merge(flags);
    merged.extract().map_err(|error| SettingsError::WrongType(Box::new(error)))
}

fn read_file(path: &Path, known: &Dict) -> Result<Layer, SettingsError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    let place = format!("settings file {}", path.display());
    let layer = Layer::from_toml(&text, &place, Some(path))?;
    layer.refuse_unknown(known, &place)?;
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn pairs(items: &[(&str, &str)]) -> Vec<(String, String)> {
        items.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    fn sources(toml: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> (tempfile::NamedTempFile, Sources) {
        let file = file(toml);
        let path = Some(file.path().to_owned());
        (file, Sources { file: path, environment: pairs(environment), flags: pairs(flags) })
    }

    fn refusal(toml: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
        let (_file, sources) = sources(toml, environment, flags);
        load_unchecked(&sources).expect_err("must be refused").to_string()
    }

    #[test]
    fn the_default_file_is_accepted_as_it_stands() {
        let settings = load(&Sources::default()).expect("valid");
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:50051");
        assert_eq!(settings.limits.request, 256 * 1024);
        assert_eq!(settings.requests.retention, Duration::from_hours(72));
        assert!(settings.auth.key_set.is_none());
    }

    #[test]
    fn every_default_has_a_comment_above_it() {
        let lines: Vec<&str> = DEFAULT_TOML.lines().collect();
        let keys = lines.windows(2).filter(|pair| pair[1].contains(" = ") && !pair[1].starts_with('#'));
        let bare: Vec<_> = keys.filter(|pair| !pair[0].starts_with("# ")).map(|pair| pair[1]).collect();
        assert!(bare.is_empty(), "no comment above {bare:?}");
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let toml = "replicas = 2\n[limits]\npage_max = 100\nrequest = 4096\n[jobs]\nworkers = 9\n";
        let environment = [("HELPDESK__LIMITS__PAGE_MAX", "150"), ("HELPDESK__JOBS__WORKERS", "7"), ("HOME", "/")];
        let (_file, sources) = sources(toml, &environment, &[("jobs.workers", "5"), ("auth.algorithms", "ES256")]);
        let settings = load_unchecked(&sources).expect("readable");
        assert_eq!((settings.replicas, settings.limits.request), (2, 4096));
        assert_eq!((settings.limits.page_max, settings.jobs.workers), (150, 5));
        assert_eq!(settings.auth.algorithms, [super::super::TokenAlgorithm::ES256]);
        assert_eq!(settings.limits.page_default, 50);
    }

    #[test]
    fn every_kind_of_value_can_come_from_the_environment() {
        let environment = [
            ("HELPDESK__MODE", "production"),
            ("HELPDESK__SERVER__REFLECTION", "false"),
            ("HELPDESK__SERVER__TLS__CERT", "/etc/tls/cert.pem"),
            ("HELPDESK__AUTH__HS256_SECRET", "00012345678901234567890123456789"),
            ("HELPDESK__TELEMETRY__TRACE_SAMPLE", "1"),
            ("HELPDESK__TELEMETRY__METRICS_LISTEN", ""),
            ("HELPDESK__DATABASE__LOCK", "2s"),
        ];
        let (_file, sources) = sources("", &environment, &[]);
        let settings = load_unchecked(&sources).expect("readable");
        assert!(!settings.server.reflection);
        assert_eq!(settings.server.tls.cert.as_deref(), Some(Path::new("/etc/tls/cert.pem")));
        assert!(settings.auth.hs256_secret.expose().starts_with("000"), "digits stay text");
        assert!(settings.telemetry.metrics_listen.is_none());
        assert_eq!(settings.database.lock, Duration::from_secs(2));
    }

    #[test]
    fn an_unknown_key_is_refused_and_its_source_is_named() {
        let error = refusal("[server]\nlistne = \"1.2.3.4:5\"\n", &[], &[]);
        assert!(error.contains("\"server.listne\"") && error.contains("settings file /"), "{error}");
        assert!(error.contains("did you mean \"server.listen\"?"), "{error}");
        let error = refusal("", &[("HELPDESK__SERVER__LISTNE", "x")], &[]);
        assert!(error.contains("environment variable HELPDESK__SERVER__LISTNE"), "{error}");
        let error = refusal("", &[], &[("sever.listen", "x")]);
        assert!(error.contains("flag --set sever.listen") && error.contains("server.listen"), "{error}");
        for flag in ["server", "", ".", "server.listen.port", "mode.x"] {
            refusal("", &[], &[(flag, "x")]);
        }
    }

    #[test]
    fn a_wrong_type_is_refused_and_key_and_source_are_named() {
        let error = refusal("[limits]\ncall_time = 10\n", &[], &[]);
        assert!(error.contains("limits.call_time") && error.contains("15min"), "{error}");
        let error = refusal("", &[("HELPDESK__JOBS__WORKERS", "many")], &[]);
        assert!(error.contains("HELPDESK__JOBS__WORKERS"), "{error}");
        let error = refusal("", &[], &[("server.listen", "localhost")]);
        assert!(error.contains("server.listen") && error.contains("command line"), "{error}");
        let error = refusal("server = 5\n", &[], &[]);
        assert!(error.contains("server"), "{error}");
    }

    #[test]
    fn a_missing_or_broken_file_is_refused_by_name() {
        let missing = Sources { file: Some("/nowhere/desk.toml".into()), ..Sources::default() };
        assert!(load(&missing).expect_err("missing").to_string().contains("/nowhere/desk.toml"));
        assert!(refusal("listen = = 5", &[], &[]).contains("is not TOML"));
    }

    #[test]
    fn a_password_never_reaches_an_error_or_the_printed_settings() {
        let secrets = [
            ("HELPDESK__DATABASE__URL", "postgres://desk:hunter2@db/help"),
            ("HELPDESK__AUTH__HS256_SECRET", "hunter2-hunter2-hunter2-hunter2-hunter2"),
            ("HELPDESK__TOKEN_SEAL__KEY", "hunter2"),
            ("HELPDESK__BLOBS__S3__ACCESS_KEY_ID", "hunter2"),
            ("HELPDESK__BLOBS__S3__SECRET_ACCESS_KEY", "hunter2"),
        ];
        let (_file, sources) = sources("", &secrets, &[]);
        let settings = load_unchecked(&sources).expect("readable");
        let problems = settings.validate().expect_err("the seal key is no key");
        let shown = format!("{settings:?}\n{}\n{}", settings.to_toml(), SettingsError::Refused(problems));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(settings.to_toml().contains("********"));
    }

    #[test]
    fn a_broken_line_with_a_secret_is_not_repeated() {
        for toml in [
            "[auth]\nhs256_secret = \"hunter2",
            "[auth]\nhs256_secret = 112233",
            "[auth]\nhs256_secret = [\"hunter2\"]",
        ] {
            let error = refusal(toml, &[], &[]);
            assert!(!error.contains("hunter2") && !error.contains("112233"), "{error}");
        }
        assert!(refusal("a = 1\nb = = 2", &[], &[]).contains("line 2"));
    }

    #[test]
    fn printed_settings_can_be_read_again() {
        let settings = Settings::defaults();
        let (_file, sources) = sources(&settings.to_toml(), &[], &[]);
        assert_eq!(load(&sources).expect("valid").to_toml(), settings.to_toml());
    }
}
