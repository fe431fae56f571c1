//! Key set files that are read again when they change (T-16).
//!
//! To rotate without a failed call, put the new key beside the old one, let the issuer change over, then take the old one
//! out: it is refused within `auth.key_reload`. A file that cannot be read or is wrong leaves the keys as they were.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::Algorithm;

use super::key_set::{KeySet, KeySetError};
use super::verifier::{TokenPolicy, Verifier};
use crate::settings::{AuthSettings, Secret, Settings, TokenAlgorithm};

/// Largest key set file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Why the keys cannot be read; the keys in use stay.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read key set {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not a usable key set.
    #[error("key set {}: {source}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeySetError,
    },
    /// The two key sets do not go together.
    #[error("key sets of users and operators: {0}")]
    Together(KeySetError),
}

/// The verifier of the settings, always with the keys that the files hold now.
#[derive(Debug)]
pub struct KeyFiles {
    policy: TokenPolicy,
    users: KeyFile,
    operators: KeyFile,
    secret: Secret,
    current: RwLock<Loaded>,
    generation: AtomicU64,
}

/// A file, when one is configured, and what its keys may be used for.
#[derive(Debug)]
struct KeyFile {
    path: Option<PathBuf>,
    algorithms: Vec<Algorithm>,
}

/// The bytes that were read and what became of them.
#[derive(Debug)]
struct Loaded {
    documents: Documents,
    verifier: Arc<Verifier>,
}

#[derive(Debug, PartialEq, Eq)]
struct Documents {
    users: Option<Vec<u8>>,
    operators: Option<Vec<u8>>,
}

impl KeyFiles {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    /// [`KeyFileError`] with the file and the reason.
    pub fn open(settings: &Settings) -> Result<Self, KeyFileError> {
        let auth = &settings.auth;
        let policy = TokenPolicy::of(settings);
        let users = KeyFile { path: auth.key_set.clone(), algorithms: user_algorithms(auth) };
        // Operators sign with a key pair always: a shared secret could not tell them from who verifies.
        let operators = KeyFile { path: auth.operator_key_set.clone(), algorithms: public_algorithms(auth) };
        let documents = Documents { users: users.read()?, operators: operators.read()? };
        let verifier = build(&policy, &users, &operators, &auth.hs256_secret, &documents)?;
        let current = RwLock::new(Loaded { documents, verifier: Arc::new(verifier) });
        let secret = auth.hs256_secret.clone();
        Ok(Self { policy, users, operators, secret, current, generation: AtomicU64::new(0) })
    }

    /// The verifier with the present keys.
    pub fn verifier(&self) -> Arc<Verifier> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).verifier)
    }

    /// Counts the changes of keys: what was verified under an earlier number must be verified again.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Reads the files again and says whether the keys changed. Call it every `auth.key_reload`, on a thread that may
    /// wait for the disk.
    ///
    /// # Errors
    /// [`KeyFileError`]; the keys in use stay and the next call tries again.
    pub fn reload(&self) -> Result<bool, KeyFileError> {
        let documents = Documents { users: self.users.read()?, operators: self.operators.read()? };
        if self.current.read().unwrap_or_else(PoisonError::into_inner).documents == documents {
            return Ok(false);
        }
        let verifier = build(&self.policy, &self.users, &self.operators, &self.secret, &documents)?;
        let loaded = Loaded { documents, verifier: Arc::new(verifier) };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        self.generation.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

impl KeyFile {
    fn read(&self) -> Result<Option<Vec<u8>>, KeyFileError> {
        let Some(path) = &self.path else { return Ok(None) };
        let document = read_small(path).map_err(|source| KeyFileError::Unreadable { path: path.clone(), source })?;
        Ok(Some(document))
    }

    fn keys(&self, document: Option<&Vec<u8>>) -> Result<KeySet, KeyFileError> {
        let (Some(path), Some(document)) = (&self.path, document) else { return Ok(KeySet::default()) };
        KeySet::from_jwks(document, &self.algorithms)
            .map_err(|source| KeyFileError::Wrong { path: path.clone(), source })
    }
}

fn build(
    policy: &TokenPolicy,
    users: &KeyFile,
    operators: &KeyFile,
    secret: &Secret,
    documents: &Documents,
) -> Result<Verifier, KeyFileError> {
    let mut user_keys = users.keys(documents.users.as_ref())?;
    if secret.is_set() {
        user_keys = user_keys.with_secret(secret).map_err(KeyFileError::Together)?;
    }
    let operator_keys = operators.keys(documents.operators.as_ref())?;
    Verifier::new(policy.clone(), user_keys, operator_keys).map_err(KeyFileError::Together)
}

fn read_small(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.len() > MAX_FILE {
        return Err(std::io::Error::other("larger than 1 MiB"));
    }
    std::fs::read(path)
}

fn public_algorithms(auth: &AuthSettings) -> Vec<Algorithm> {
    let convert = |algorithm: &TokenAlgorithm| match algorithm {
        TokenAlgorithm::EdDSA => Algorithm::EdDSA,
        TokenAlgorithm::ES256 => Algorithm::ES256,
        TokenAlgorithm::RS256 => Algorithm::RS256,
    };
    auth.algorithms.iter().map(convert).collect()
}

/// Symmetric keys of a file count only where HS256 was asked for by a secret.
fn user_algorithms(auth: &AuthSettings) -> Vec<Algorithm> {
    let mut algorithms = public_algorithms(auth);
    if auth.hs256_secret.is_set() {
        algorithms.push(Algorithm::HS256);
    }
    algorithms
}

#[cfg(test)]
mod tests {
    use super::super::test_keys::{EC_JWK, ED_JWK, NOW, Token};
    use super::*;

    fn jwks(keys: &[&str]) -> String {
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    /// Key files in a folder of their own, and the settings that name them.
    fn files() -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::defaults();
        settings.auth.key_set = Some(folder.path().join("users.json"));
        (folder, settings)
    }

    #[test]
    fn keys_rotate_with_overlap_and_a_removed_key_is_refused_at_once() {
        let (folder, settings) = files();
        let file = folder.path().join("users.json");
        std::fs::write(&file, jwks(&[&ED_JWK])).expect("written");
        let keys = KeyFiles::open(&settings).expect("usable");
        let (old, new) = (Token::user().sign(), Token::user().sign_ec());
        assert!(keys.verifier().verify(&old, NOW).is_ok() && keys.verifier().verify(&new, NOW).is_err());
        assert!(!keys.reload().expect("unchanged"));
        for (content, works) in [(jwks(&[&ED_JWK, &EC_JWK]), [true, true]), (jwks(&[&EC_JWK]), [false, true])] {
            std::fs::write(&file, content).expect("written");
            assert!(keys.reload().expect("usable"));
            assert_eq!([&old, &new].map(|token| keys.verifier().verify(token, NOW).is_ok()), works);
        }
        assert_eq!(keys.generation(), 2);
    }

    #[test]
    fn a_broken_or_missing_file_leaves_the_keys_in_use() {
        let (folder, settings) = files();
        let file = folder.path().join("users.json");
        assert!(KeyFiles::open(&settings).is_err(), "a configured file must exist at the start");
        std::fs::write(&file, jwks(&[&ED_JWK])).expect("written");
        let keys = KeyFiles::open(&settings).expect("usable");
        for broken in ["", "{\"keys\":[", "{\"keys\":[]}"] {
            std::fs::write(&file, broken).expect("written");
            assert!(keys.reload().expect_err("broken").to_string().contains("users.json"));
        }
        std::fs::remove_file(&file).expect("removed");
        assert!(keys.reload().is_err());
        assert!(keys.verifier().verify(&Token::user().sign(), NOW).is_ok());
        assert_eq!(keys.generation(), 0);
    }

    #[test]
    fn users_and_operators_cannot_share_a_key() {
        let (folder, mut settings) = files();
        std::fs::write(folder.path().join("users.json"), jwks(&[&ED_JWK, &EC_JWK])).expect("written");
        std::fs::write(folder.path().join("operators.json"), jwks(&[&ED_JWK])).expect("written");
        settings.auth.operator_key_set = Some(folder.path().join("operators.json"));
        assert!(
            matches!(KeyFiles::open(&settings), Err(KeyFileError::Together(KeySetError::Twice(kid))) if kid == "ed")
        );
    }

    #[test]
    fn without_files_and_secret_every_token_is_refused() {
        let keys = KeyFiles::open(&Settings::defaults()).expect("nothing to read");
        assert!(keys.verifier().users().is_empty() && keys.verifier().operators().is_empty());
        assert!(keys.verifier().verify(&Token::user().sign(), NOW).is_err());
    }
}
