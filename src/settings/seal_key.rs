//! The secret that seals page tokens and resume tokens.

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sections::Settings;
use crate::ids::Ids;

/// The file in `data_dir` that keeps a generated key.
const FILE: &str = "token-seal.key";

/// 256 bits for authenticated encryption; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Reads 32 bytes in base64.
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The key itself, for the cipher alone.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SealKeyError {
    /// The file cannot be read or written.
    #[error("token seal key {}: {source}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The setting or the file does not hold 32 bytes in base64.
    #[error("{0} does not hold 32 bytes in base64")]
    NotAKey(String),
}

/// The key of the settings, else the one kept in `data_dir`, which is made when there is none yet.
///
/// Processes that start at the same time agree on one key: the file appears whole or not at all, and the first one wins.
///
/// # Errors
/// [`SealKeyError`] when the setting or the file is wrong.
pub fn seal_key(settings: &Settings, ids: &Ids) -> Result<SealKey, SealKeyError> {
    let configured = &settings.token_seal.key;
    if configured.is_set() {
        return SealKey::from_base64(configured.expose()).ok_or_else(|| SealKeyError::NotAKey("token_seal.key".into()));
    }
    let path = settings.data_dir.join(FILE);
    let failed = |source| SealKeyError::File { path: path.clone(), source };
    if !path.exists() {
        make(&settings.data_dir, &path, ids).map_err(failed)?;
    }
    let text = std::fs::read_to_string(&path).map_err(failed)?;
    SealKey::from_base64(&text).ok_or_else(|| SealKeyError::NotAKey(path.display().to_string()))
}

fn make(folder: &Path, path: &Path, ids: &Ids) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unique = u64::from_be_bytes(ids.bytes());
    let draft = folder.join(format!(".{FILE}.{unique:016x}"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(STANDARD.encode(ids.bytes::<32>()).as_bytes())?;
    file.sync_all()?;
    // A hard link, unlike a rename, does not replace the key of another process that was faster.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn in_folder() -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings { data_dir: folder.path().join("data"), ..Settings::defaults() };
        (folder, settings)
    }

    #[test]
    fn a_generated_key_stays_the_same() {
        let (_folder, settings) = in_folder();
        let first = seal_key(&settings, &Ids::system()).expect("made");
        assert_eq!(seal_key(&settings, &Ids::system()).expect("read"), first);
        let files = std::fs::read_dir(&settings.data_dir).expect("a folder").count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let (_folder, settings) = in_folder();
        let settings = &settings;
        let keys: Vec<SealKey> = std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| seal_key(settings, &Ids::system()).expect("a key"));
            let threads: Vec<_> = (0..8).map(start).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_configured_key_is_used_and_a_wrong_one_refused() {
        let (_folder, mut settings) = in_folder();
        settings.token_seal.key = Secret::new(STANDARD.encode([7; 32]));
        assert_eq!(seal_key(&settings, &Ids::system()).expect("valid").expose(), &[7; 32]);
        assert!(!settings.data_dir.exists());
        settings.token_seal.key = Secret::new("short");
        assert!(matches!(seal_key(&settings, &Ids::system()), Err(SealKeyError::NotAKey(_))));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_replaced() {
        let (_folder, settings) = in_folder();
        std::fs::create_dir_all(&settings.data_dir).expect("made");
        std::fs::write(settings.data_dir.join(FILE), "damaged").expect("written");
        let error = seal_key(&settings, &Ids::system()).expect_err("damaged").to_string();
        assert!(error.contains(FILE) && !error.contains("damaged"), "{error}");
    }
}
