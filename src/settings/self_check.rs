//! What is looked at on this machine before the service starts (T-55, L-06): files, their rights, the limit of open files.

use std::path::Path;

use super::risk::{Problem, Risk};
use super::sections::{Mode, Settings};
use crate::auth::{KeyFileError, KeyFiles};

/// Open files that the process needs beside its connections: database, logs, listeners (L-06).
const SPARE_FILES: u64 = 256;

/// Checks what the settings name on this machine. In production it also refuses what is unsafe there.
///
/// # Errors
/// All problems found, one line each.
pub fn self_check(settings: &Settings) -> Result<(), Vec<Problem>> {
    let mut problems = missing_files(settings);
    problems.extend(too_few_files(settings, open_files_limit()));
    let keys = KeyFiles::open(settings);
    problems.extend(keys.as_ref().err().map(wrong_keys));
    if settings.mode == Mode::Production {
        let mut found = readable_keys(settings);
        found.extend(keys.ok().as_ref().and_then(development_keys));
        problems.extend(settings.unaccepted(found));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn missing_files(settings: &Settings) -> Vec<Problem> {
    let tls = &settings.server.tls;
    let files = [
        ("server.tls.cert", &tls.cert),
        ("server.tls.key", &tls.key),
        ("server.tls.client_ca", &tls.client_ca),
        ("telemetry.otlp_ca", &settings.telemetry.otlp_ca),
        ("mail.smtp.password_file", &settings.mail.smtp.password_file),
        ("mail.smtp.ca", &settings.mail.smtp.ca),
        ("blobs.s3.ca", &settings.blobs.s3.ca),
        ("webhooks.ca", &settings.webhooks.ca),
    ];
    let unreadable = |(key, path): (&'static str, &Option<std::path::PathBuf>)| {
        let path = path.as_ref()?;
        let error = std::fs::File::open(path).err()?;
        Some(Problem::wrong(key, format!("cannot read {}: {error}", path.display())))
    };
    files.into_iter().filter_map(unreadable).collect()
}

fn wrong_keys(error: &KeyFileError) -> Problem {
    Problem::wrong("auth", error.to_string())
}

fn development_keys(keys: &KeyFiles) -> Option<Problem> {
    let verifier = keys.verifier();
    let kid = verifier.users().development_keys().chain(verifier.operators().development_keys()).next()?.to_owned();
    let text = format!("key \"{kid}\" was made for development; use the keys of who signs people in");
    Some(Problem::unsafe_setup("auth.key_set", Risk::DevelopmentKey, text))
}

fn readable_keys(settings: &Settings) -> Vec<Problem> {
    let secrets =
        [("server.tls.key", &settings.server.tls.key), ("mail.smtp.password_file", &settings.mail.smtp.password_file)];
    let readable = |(key, path): (&'static str, &Option<std::path::PathBuf>)| {
        let path = path.as_deref().filter(|path| others_can_read(path))?;
        let text = format!("{} can be read by every user of this machine; chmod 600 it", path.display());
        Some(Problem::unsafe_setup(key, Risk::ReadableKey, text))
    };
    secrets.into_iter().filter_map(readable).collect()
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

fn too_few_files(settings: &Settings, limit: Option<u64>) -> Option<Problem> {
    let needed = settings.server.connections as u64 + SPARE_FILES;
    let limit = limit.filter(|limit| *limit < needed)?;
    let text = format!("needs {needed} open files and this process may have {limit}; raise `ulimit -n` or lower it");
    Some(Problem::wrong("server.connections", text))
}

/// The soft limit of open files of this process; `None` where the system does not say.
fn open_files_limit() -> Option<u64> {
    parse_open_files(&std::fs::read_to_string("/proc/self/limits").ok()?)
}

fn parse_open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::dev_keys::{KeyPairFiles, generate};
    use crate::ids::Ids;

    fn texts(settings: &Settings) -> Vec<String> {
        self_check(settings).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_that_is_named_must_be_readable() {
        let mut settings = Settings::defaults();
        settings.server.connections = 1;
        assert_eq!(texts(&settings), [""; 0]);
        settings.server.tls.cert = Some("/nowhere/cert.pem".into());
        settings.auth.key_set = Some("/nowhere/keys.json".into());
        let texts = texts(&settings);
        assert!(texts[0].starts_with("server.tls.cert: cannot read /nowhere/cert.pem"), "{texts:?}");
        assert!(texts[1].contains("cannot read key set /nowhere/keys.json"), "{texts:?}");
    }

    #[test]
    fn development_keys_are_refused_in_production() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = KeyPairFiles::at(folder.path(), "users");
        files.write(&generate(&Ids::system())).expect("written");
        let mut settings = Settings::defaults();
        settings.server.connections = 1;
        settings.auth.key_set = Some(files.jwks);
        assert_eq!(texts(&settings), [""; 0]);
        settings.mode = Mode::Production;
        assert!(texts(&settings)[0].contains("\"development-key\""));
        settings.accept_risks = vec![Risk::DevelopmentKey];
        assert_eq!(texts(&settings), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_everybody_can_read_is_refused_in_production() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut settings = Settings::defaults();
        settings.mode = Mode::Production;
        settings.server.connections = 1;
        settings.server.tls.key = Some(file.path().to_owned());
        assert_eq!(texts(&settings), [""; 0]);
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(0o644)).expect("changed");
        assert!(texts(&settings)[0].contains("\"readable-key\""));
    }

    #[test]
    fn connections_need_enough_open_files() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 1048576              files\n";
        assert_eq!(parse_open_files(limits), Some(1_024));
        assert_eq!(parse_open_files(&limits.replace("1024 ", "unlimited ")), None);
        let mut settings = Settings::defaults();
        assert!(too_few_files(&settings, Some(2_303)).is_some_and(|problem| problem.text.contains("2304")));
        assert!(too_few_files(&settings, Some(2_304)).is_none() && too_few_files(&settings, None).is_none());
        settings.server.connections = 768;
        assert!(too_few_files(&settings, Some(1_024)).is_none());
    }
}
