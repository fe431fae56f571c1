//! Where PostgreSQL's server binaries are, and as whom and in which folder they may run.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Environment variable that names the folder of `initdb` and `postgres`.
pub const FOLDER: &str = "HELPDESK_TEST_PG_BIN";

/// The usual folders; `*` stands for a version, the highest is taken.
const USUAL_FOLDERS: [&str; 6] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// Whom the server runs as when the tests run as root, which PostgreSQL refuses to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

/// The folder of the server binaries: what [`FOLDER`] says, else what `pg_config` says, else the newest of the usual
/// folders, else the search path.
///
/// # Panics
///
/// When [`FOLDER`] is set to a folder without them.
pub fn find() -> Option<PathBuf> {
    if let Some(told) = std::env::var_os(FOLDER).map(PathBuf::from) {
        assert!(has_server(&told), "{FOLDER}={} holds no initdb and postgres", told.display());
        return Some(told);
    }
    let usual = USUAL_FOLDERS.iter().flat_map(|pattern| expand(pattern));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // `pg_config` alone proves nothing: client packages bring it too.
    said_by_pg_config().into_iter().chain(usual).chain(searched).find(|folder| has_server(folder))
}

/// Whom the server must run as: nobody else unless we are root, then `postgres`, or else `nobody`.
pub fn server_owner() -> Option<Owner> {
    if own_uid() != 0 {
        return None;
    }
    let owner = ["postgres", "nobody"].into_iter().find_map(look_up);
    Some(owner.expect("as root, PostgreSQL needs a user `postgres` or `nobody` to run as"))
}

/// A new folder for a cluster, owned by `owner` and reachable for it. The watchdog removes it, hence no guard.
pub fn new_folder(owner: Option<Owner>) -> PathBuf {
    let candidates = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    let parent = candidates.iter().find(|folder| owner.is_none() || is_open_to_all(folder));
    let parent = parent.expect("a temporary folder that other users may enter");
    let folder = tempfile::Builder::new().prefix("helpdesk-pg-").tempdir_in(parent).expect("a temporary folder").keep();
    if let Some(owner) = owner {
        chown(&folder, Some(owner.uid), Some(owner.gid)).expect("root may give folders away");
    }
    folder
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn said_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// The folders that match a pattern with one `*` in one of its parts, highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![PathBuf::from(pattern)] };
    let (parent, prefix) = before.rsplit_once('/').expect("patterns are absolute");
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut versions: Vec<(u32, PathBuf)> = names
        .filter_map(|name| {
            Some((version(name.strip_prefix(prefix)?), format!("{before}{}{after}", &name[prefix.len()..]).into()))
        })
        .collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// The major version at the start of a folder's name; what is not a number comes last.
fn version(name: &str) -> u32 {
    name.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A file that this process makes belongs to it: the portable way to learn the own user number.
fn own_uid() -> u32 {
    let probe = tempfile::tempfile().expect("a temporary file");
    probe.metadata().expect("an open file has metadata").uid()
}

fn look_up(user: &str) -> Option<Owner> {
    let number = |flag: &str| -> Option<u32> {
        let output = Command::new("id").args([flag, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    Some(Owner { uid: number("-u")?, gid: number("-g")? })
}

fn is_open_to_all(folder: &Path) -> bool {
    const SEARCH_BY_OTHERS: u32 = 0o001;
    folder.ancestors().all(|part| fs::metadata(part).is_ok_and(|it| it.permissions().mode() & SEARCH_BY_OTHERS != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("15") > version("9.6"));
        assert_eq!((version("16beta1"), version("latest")), (16, 0));
    }

    #[test]
    fn a_pattern_takes_the_highest_version_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["pgsql-9.6", "pgsql-15", "other"] {
            fs::create_dir_all(folder.path().join(name)).expect("a new folder");
        }
        let found = expand(&format!("{}/pgsql-*/bin", folder.path().display()));
        assert_eq!(found, [folder.path().join("pgsql-15/bin"), folder.path().join("pgsql-9.6/bin")]);
    }
}
