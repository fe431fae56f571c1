//! Key pairs for development: a private key that `helpdesk token` signs with and the key set that verifies it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::ids::Ids;
use crate::settings::Secret;

/// What the names of development keys begin with; production refuses key sets that hold one.
pub const KID_PREFIX: &str = "dev-";

/// A new key pair.
#[derive(Debug, Clone)]
pub struct DevelopmentKey {
    /// Its name in key sets and token headers.
    pub kid: String,
    /// The private key, PKCS#8 in PEM.
    pub private_pem: Secret,
    /// A JWKS document with the public key.
    pub jwks: String,
}

/// The files of a key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPairFiles {
    /// The private key, readable by its owner only.
    pub private_pem: PathBuf,
    /// The key set.
    pub jwks: PathBuf,
}

impl KeyPairFiles {
    /// Where the key pair called `name` lies in `folder`.
    pub fn at(folder: &Path, name: &str) -> Self {
        Self { private_pem: folder.join(format!("{name}-key.pem")), jwks: folder.join(format!("{name}-keys.json")) }
    }

    /// Writes `key`; makes the folder when it is missing.
    ///
    /// # Errors
    /// What the file system says. A file that exists is never written over.
    pub fn write(&self, key: &DevelopmentKey) -> std::io::Result<()> {
        if let Some(folder) = self.private_pem.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_new(&self.private_pem, key.private_pem.expose(), 0o600)?;
        write_new(&self.jwks, &key.jwks, 0o644)
    }
}

/// Makes an Ed25519 key pair (RFC 8037).
///
/// # Panics
/// Never: any 32 bytes are an Ed25519 seed.
pub fn generate(ids: &Ids) -> DevelopmentKey {
    let pair = Ed25519KeyPair::from_seed_unchecked(&ids.bytes::<32>()).expect("32 bytes are a seed");
    let der = pair.to_pkcs8v1().expect("a key pair can be written");
    let public = pair.public_key().as_ref();
    let kid = kid_of(public);
    let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid,
                     "x": URL_SAFE_NO_PAD.encode(public)});
    let jwks = format!("{:#}\n", json!({"keys": [key]}));
    DevelopmentKey { kid, private_pem: Secret::new(pem(der.as_ref())), jwks }
}

/// The name of a development key: the beginning of the SHA-256 of its public half.
pub(super) fn kid_of(public: &[u8]) -> String {
    let hash = digest(&SHA256, public);
    let start = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("{KID_PREFIX}{}", start.collect::<String>())
}

/// PEM (RFC 7468) of a PKCS#8 private key.
fn pem(der: &[u8]) -> String {
    // An Ed25519 key is 64 letters of base64: one line.
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

fn write_new(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_keys_are_private_and_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = KeyPairFiles::at(&folder.path().join("keys"), "users");
        let key = generate(&Ids::system());
        files.write(&key).expect("written");
        assert_eq!(std::fs::read_to_string(&files.jwks).expect("readable"), key.jwks);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&files.private_pem).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let error = files.write(&generate(&Ids::system())).expect_err("it exists");
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn the_private_key_is_one_that_other_tools_read() {
        let key = generate(&Ids::seeded(3));
        let lines: Vec<&str> = key.private_pem.expose().lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].len(), 64);
        assert!(key.kid.starts_with("dev-") && key.kid.len() == 20);
    }
}
