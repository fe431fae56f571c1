//! Whether this process is the only one that serves a SQLite file.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// The file of a SQLite database.
fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next()?;
    (!path.is_empty() && !path.contains(":memory:")).then(|| PathBuf::from(path))
}

/// Takes the database at `url` for this process: an advisory lock on a file beside it, which the system lets go of when
/// the process ends, however it ends. Nothing when another holds it, or when it cannot be told.
pub fn take(url: &str) -> Option<File> {
    let beside = lock_file(&file_of(url)?);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(beside).ok()?;
    file.try_lock().ok().map(|()| file)
}

fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_holds_a_file_and_nobody_holds_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("helpdesk.db").display());
        let held = take(&url).expect("nobody else");
        assert!(take(&url).is_none(), "it is held");
        drop(held);
        assert!(take(&url).is_some(), "it was let go of");
        assert!(take("sqlite::memory:").is_none());
        assert!(take("postgres://localhost/helpdesk").is_none());
    }
}
