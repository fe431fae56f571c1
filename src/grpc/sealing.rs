//! Tokens that callers carry for us: readable and changeable by nobody else (authenticated encryption).
//!
//! A token is bound to its account and to what it is for; it grants nothing, access is judged again with each use.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::ids::Ids;

/// Makes and reads tokens.
pub struct Sealer {
    key: LessSafeKey,
    ids: Ids,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

/// What a resume token says: everything up to this sequence was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct ResumePoint {
    /// The last delivered sequence.
    #[serde(rename = "s")]
    pub sequence: i64,
    /// When the token was made: an old one is told apart from one of a quiet account.
    #[serde(rename = "t")]
    pub time: Timestamp,
}

impl Sealer {
    /// A sealer with a 256-bit key; replicas share it.
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes");
        Self { key: LessSafeKey::new(key), ids: Ids::system() }
    }

    /// Seals `content` for `purpose` in `account`.
    pub fn seal<T: Serialize>(&self, purpose: &str, account: &AccountId, content: &T) -> String {
        let nonce = self.ids.bytes::<NONCE_LEN>();
        let mut text = serde_json::to_vec(content).expect("plain data always serializes");
        let aad = Aad::from(format!("{purpose}:{account}"));
        let sealed = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text);
        sealed.expect("a token is far below the limit of the cipher");
        let mut token = nonce.to_vec();
        token.append(&mut text);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a token of this purpose and account; nothing for any other text.
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, account: &AccountId, token: &str) -> Option<T> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let aad = Aad::from(format!("{purpose}:{account}"));
        let content = self.key.open_in_place(nonce, aad, sealed).ok()?;
        serde_json::from_slice(content).ok()
    }

    /// A resume token.
    pub fn resume(&self, account: &AccountId, point: ResumePoint) -> String {
        self.seal("resume", account, &point)
    }

    /// Reads a resume token.
    pub fn open_resume(&self, account: &AccountId, token: &str) -> Option<ResumePoint> {
        self.open("resume", account, token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_where_it_was_sealed_for() {
        let sealer = Sealer::new(&[7; 32]);
        let (acme, other) = (AccountId::stored("acme"), AccountId::stored("other"));
        let point = ResumePoint { sequence: 42, time: Timestamp::from_micros(5) };
        let token = sealer.resume(&acme, point);
        assert_eq!(sealer.open_resume(&acme, &token), Some(point));
        assert_eq!(sealer.open_resume(&other, &token), None);
        assert_eq!(sealer.open::<ResumePoint>("page", &acme, &token), None);
        assert_eq!(Sealer::new(&[8; 32]).open_resume(&acme, &token), None);
        for cut in 0..token.len() {
            assert_eq!(sealer.open_resume(&acme, &token[..cut]), None);
        }
    }
}
