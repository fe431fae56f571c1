//! Access keys of machines: `hd_<account>_<key id>_<secret>` (decision A3).
//!
//! Ids hold no underscore, so the parts cannot be confused. The secret is 256 random bits, shown once and stored only as
//! a hash; a slow password hash is not needed for a secret that nobody can guess.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::ids::{AccessKeyId, AccountId};
use crate::ids::Ids;
use crate::settings::Secret;

/// What every access key begins with; lets secret scanners find a leaked one.
const PREFIX: &str = "hd_";
/// Bytes of the secret: 256 bits.
const SECRET_BYTES: usize = 32;

/// The stored form of an access key: SHA-256 over its whole text, so that it is bound to its account and id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessKeyHash([u8; 32]);

impl AccessKeyHash {
    fn of(text: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(hash)
    }

    /// The hash as it was stored; `None` when it has another length than 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash, to be stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AccessKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKeyHash(..)")
    }
}

/// A new access key: the text to show once and the hash to store.
#[derive(Debug, Clone)]
pub struct NewAccessKey {
    /// The whole key. It cannot be had again.
    pub text: Secret,
    /// What is stored.
    pub hash: AccessKeyHash,
}

impl NewAccessKey {
    /// Makes the key `key` of `account`.
    pub fn generate(account: &AccountId, key: &AccessKeyId, ids: &Ids) -> Self {
        let secret = hex(&ids.bytes::<SECRET_BYTES>());
        let text = format!("{PREFIX}{account}_{key}_{secret}");
        Self { hash: AccessKeyHash::of(&text), text: Secret::new(text) }
    }
}

/// Not of the form of an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access key is not valid")]
pub struct MalformedAccessKey;

/// An access key as a caller presents it. It is well formed; whether it is genuine says [`PresentedAccessKey::matches`].
#[derive(Debug, Clone)]
pub struct PresentedAccessKey {
    /// Whose it claims to be.
    pub account: AccountId,
    /// Which key of the account.
    pub key: AccessKeyId,
    hash: AccessKeyHash,
}

impl PresentedAccessKey {
    /// Takes a credential apart.
    ///
    /// # Errors
    /// [`MalformedAccessKey`] when it is no access key; a secret of fewer than 256 bits is none (T-18).
    pub fn parse(text: &str) -> Result<Self, MalformedAccessKey> {
        let rest = text.strip_prefix(PREFIX).ok_or(MalformedAccessKey)?;
        let mut parts = rest.split('_');
        let (Some(account), Some(key), Some(secret), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedAccessKey);
        };
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if secret.len() != SECRET_BYTES * 2 || !secret.bytes().all(is_hex) {
            return Err(MalformedAccessKey);
        }
        let account = AccountId::parse(account).map_err(|_| MalformedAccessKey)?;
        let key = AccessKeyId::parse(key).map_err(|_| MalformedAccessKey)?;
        Ok(Self { account, key, hash: AccessKeyHash::of(text) })
    }

    /// Whether this is the key that `stored` was made from, in time that does not depend on where they differ.
    pub fn matches(&self, stored: &AccessKeyHash) -> bool {
        verify_slices_are_equal(&self.hash.0, &stored.0).is_ok()
    }
}

/// Whether a credential is meant as an access key and not as a token. A token begins with `ey`.
pub fn is_access_key(credential: &str) -> bool {
    credential.starts_with(PREFIX)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generate() -> NewAccessKey {
        let account = AccountId::parse("acme").expect("valid");
        let key = AccessKeyId::parse("mail-in").expect("valid");
        NewAccessKey::generate(&account, &key, &Ids::system())
    }

    #[test]
    fn a_generated_key_is_found_by_its_parts_and_matches_its_hash() {
        let made = generate();
        assert!(is_access_key(made.text.expose()));
        let presented = PresentedAccessKey::parse(made.text.expose()).expect("well formed");
        assert_eq!((presented.account.as_str(), presented.key.as_str()), ("acme", "mail-in"));
        let stored = AccessKeyHash::from_bytes(made.hash.as_bytes()).expect("32 bytes");
        assert!(presented.matches(&stored));
        assert!(!presented.matches(&generate().hash));
    }

    #[test]
    fn a_secret_moved_to_another_account_or_key_does_not_match() {
        let made = generate();
        for (from, to) in [("_acme_", "_other_"), ("_mail-in_", "_mail_")] {
            let moved = made.text.expose().replace(from, to);
            assert!(!PresentedAccessKey::parse(&moved).expect("well formed").matches(&made.hash), "{moved}");
        }
    }

    #[test]
    fn malformed_keys_are_refused() {
        let secret = "0123456789abcdef".repeat(4);
        let texts = [
            String::new(),
            "hd_".to_owned(),
            format!("hd_acme_mail_{}", &secret[1..]),
            format!("hd_acme_mail_{secret}0"),
            format!("hd_acme_mail_{}", secret.to_uppercase()),
            format!("hd_acme_mail_{secret}\n"),
            format!(" hd_acme_mail_{secret}"),
            format!("HD_acme_mail_{secret}"),
            format!("hd_acme_mail_extra_{secret}"),
            format!("hd_acme_{secret}"),
            format!("hd__mail_{secret}"),
            format!("hd_Acme_mail_{secret}"),
            format!("hd_acme_-mail_{secret}"),
            format!("hd_acme_mail_{}", " ".repeat(64)),
        ];
        for text in texts {
            assert_eq!(PresentedAccessKey::parse(&text).err(), Some(MalformedAccessKey), "{text:?}");
        }
    }

    #[test]
    fn no_key_is_printed() {
        let made = generate();
        assert!(!format!("{made:?}").contains(made.text.expose().rsplit('_').next().expect("a secret")));
    }

    proptest::proptest! {
        #[test]
        fn no_short_text_is_an_access_key(text in ".{0,21}") {
            proptest::prop_assert!(PresentedAccessKey::parse(&text).is_err());
        }
    }
}
