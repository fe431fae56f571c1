//! Public keys that verify tokens, read from a JWKS document (RFC 7517).

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};

use super::dev_keys;
use crate::settings::Secret;

/// Longest `kid`, in bytes (T-11).
pub(super) const MAX_KID: usize = 64;
/// Most keys in one set.
const MAX_KEYS: usize = 100;
/// The name of the HS256 secret of the settings.
const HS256_KID: &str = "hs256";

/// Keys by their `kid`; each has exactly one algorithm.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, VerifyingKey>,
    /// The key of tokens that name none: only the HS256 secret of the settings.
    unnamed: Option<String>,
}

/// One key and the only algorithm it is used with.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Why a key set is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON of the form `{"keys": [..]}`.
    #[error("not a JWKS document: {0}")]
    NotJwks(String),
    /// More keys than anybody rotates.
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
    /// No key is left that could verify a token.
    #[error("no usable signing key in it")]
    Empty,
    /// A key without a name, or with too long a one.
    #[error("key number {0} has no kid of 1 to {MAX_KID} bytes")]
    Unnamed(usize),
    /// Two keys with one name.
    #[error("two keys have the kid \"{0}\"")]
    Twice(String),
    /// The key cannot be used.
    #[error("key \"{kid}\": {reason}")]
    Unusable {
        /// Which key.
        kid: String,
        /// Why, in a few words.
        reason: &'static str,
    },
}

impl KeySet {
    /// Reads a JWKS document and keeps the keys whose algorithm is in `allowed`.
    ///
    /// Keys for encryption and keys with algorithms that are not allowed are left out, as RFC 7517 section 5 asks;
    /// a key that claims an allowed algorithm but is not fit for it is an error.
    ///
    /// # Errors
    /// [`KeySetError`] with the key's name and the reason.
    pub fn from_jwks(document: &[u8], allowed: &[Algorithm]) -> Result<Self, KeySetError> {
        let set: JwkSet = serde_json::from_slice(document).map_err(|error| KeySetError::NotJwks(error.to_string()))?;
        if set.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let mut keys = HashMap::new();
        for (index, jwk) in set.keys.iter().enumerate().filter(|(_, jwk)| is_for_signatures(jwk)) {
            let Some(algorithm) = algorithm_of(jwk).filter(|algorithm| allowed.contains(algorithm)) else { continue };
            let kid = kid_of(jwk).ok_or(KeySetError::Unnamed(index + 1))?;
            let key =
                verifying_key(jwk, algorithm).map_err(|reason| KeySetError::Unusable { kid: kid.clone(), reason })?;
            if keys.insert(kid.clone(), key).is_some() {
                return Err(KeySetError::Twice(kid));
            }
        }
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(Self { keys, unnamed: None }) }
    }

    /// This set and the HS256 secret of the settings, which also verifies tokens that name no key.
    ///
    /// # Errors
    /// [`KeySetError::Twice`] when a key is already called `hs256`.
    pub fn with_secret(mut self, secret: &Secret) -> Result<Self, KeySetError> {
        let key = DecodingKey::from_secret(secret.expose().as_bytes());
        let added = VerifyingKey { algorithm: Algorithm::HS256, key };
        if self.keys.insert(HS256_KID.to_owned(), added).is_some() {
            return Err(KeySetError::Twice(HS256_KID.to_owned()));
        }
        self.unnamed = Some(HS256_KID.to_owned());
        Ok(self)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing can be verified with it.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The names of keys made by `helpdesk token --new-key`.
    pub fn development_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str).filter(|kid| kid.starts_with(dev_keys::KID_PREFIX))
    }

    /// The key that a token's header names, or the one for tokens that name none.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&VerifyingKey> {
        self.keys.get(kid.or(self.unnamed.as_deref())?)
    }

    /// Whether a token without a `kid` has a key here.
    pub(super) fn has_unnamed(&self) -> bool {
        self.unnamed.is_some()
    }

    /// The name of a key that both sets have, under whatever names.
    pub(super) fn shared_key(&self, other: &Self) -> Option<String> {
        let is_shared = |(kid, key): &(&String, &VerifyingKey)| {
            other.keys.contains_key(*kid) || other.keys.values().any(|known| known.is_same(key))
        };
        self.keys.iter().find(is_shared).map(|(kid, _)| kid.clone())
    }
}

impl VerifyingKey {
    fn is_same(&self, other: &Self) -> bool {
        use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        match (self.key.kind(), other.key.kind()) {
            (SecretOrDer(a), SecretOrDer(b)) | (RsaModulusExponent { n: a, .. }, RsaModulusExponent { n: b, .. }) => {
                a == b
            }
            _ => false,
        }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.iter().map(|(kid, key)| (kid, key.algorithm))).finish()
    }
}

fn kid_of(jwk: &Jwk) -> Option<String> {
    jwk.common.key_id.clone().filter(|kid| (1..=MAX_KID).contains(&kid.len()))
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let usage = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    usage && jwk.common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The one algorithm of a key: what `alg` says, else what the kind of key is used for here.
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let stated = |name| match name {
        KeyAlgorithm::EdDSA => Some(Algorithm::EdDSA),
        KeyAlgorithm::ES256 => Some(Algorithm::ES256),
        KeyAlgorithm::RS256 => Some(Algorithm::RS256),
        KeyAlgorithm::HS256 => Some(Algorithm::HS256),
        _ => None,
    };
    jwk.common.key_algorithm.map_or_else(|| usual_algorithm(&jwk.algorithm), stated)
}

fn usual_algorithm(key: &AlgorithmParameters) -> Option<Algorithm> {
    match key {
        AlgorithmParameters::OctetKeyPair(_) => Some(Algorithm::EdDSA),
        AlgorithmParameters::EllipticCurve(key) => (key.curve == EllipticCurve::P256).then_some(Algorithm::ES256),
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::OctetKey(_) => Some(Algorithm::HS256),
        _ => None,
    }
}

/// The key, when its kind and size fit the algorithm.
fn verifying_key(jwk: &Jwk, algorithm: Algorithm) -> Result<VerifyingKey, &'static str> {
    let fits = match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => {
            key.curve == EllipticCurve::Ed25519 && octets(&key.x)? == 32
        }
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => {
            key.curve == EllipticCurve::P256 && octets(&key.x)? == 32 && octets(&key.y)? == 32
        }
        (AlgorithmParameters::RSA(key), Algorithm::RS256) => {
            octets(&key.e)?;
            // 2048 to 8192 bits (RFC 7518, section 3.3).
            (256..=1_025).contains(&octets(&key.n)?)
        }
        (AlgorithmParameters::OctetKey(key), Algorithm::HS256) => octets(&key.value)? >= 32,
        _ => return Err("its kty does not fit its alg"),
    };
    if !fits {
        return Err("its curve or size does not fit its alg");
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|_| "its numbers cannot be read")?;
    Ok(VerifyingKey { algorithm, key })
}

/// How many bytes a base64url text holds.
fn octets(text: &str) -> Result<usize, &'static str> {
    URL_SAFE_NO_PAD.decode(text).map(|bytes| bytes.len()).map_err(|_| "its numbers are not base64url")
}

#[cfg(test)]
mod tests {
    use super::super::test_keys::{EC_JWK, ED_JWK, RSA_JWK};
    use super::*;

    const ALL: [Algorithm; 4] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256, Algorithm::HS256];

    fn read(keys: &[&str]) -> Result<KeySet, KeySetError> {
        KeySet::from_jwks(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes(), &ALL)
    }

    #[test]
    fn each_allowed_kind_of_key_is_read() {
        let set = read(&[&ED_JWK, &EC_JWK, &RSA_JWK]).expect("usable");
        assert_eq!(set.len(), 3);
        for (kid, algorithm) in [("ed", Algorithm::EdDSA), ("ec", Algorithm::ES256), ("rsa", Algorithm::RS256)] {
            assert_eq!(set.find(Some(kid)).map(|key| key.algorithm), Some(algorithm));
        }
        assert!(set.find(Some("other")).is_none() && set.find(None).is_none());
    }

    #[test]
    fn keys_that_are_not_for_our_signatures_are_left_out() {
        let encryption = ED_JWK.replace("\"kty\"", "\"use\":\"enc\",\"kty\"");
        let other_algorithm = RSA_JWK.replace("RS256", "PS512").replace("\"rsa\"", "\"pss\"");
        let unknown = r#"{"kty":"XYZ","kid":"x"}"#;
        let set = read(&[&EC_JWK, &encryption, &other_algorithm, unknown]).expect("one is left");
        assert_eq!(set.len(), 1);
        assert_eq!(read(&[&encryption]).expect_err("none is left"), KeySetError::Empty);
        let only_rsa = KeySet::from_jwks(format!("{{\"keys\":[{}]}}", ED_JWK.as_str()).as_bytes(), &[Algorithm::RS256]);
        assert_eq!(only_rsa.expect_err("none is left"), KeySetError::Empty);
    }

    #[test]
    fn keys_that_cannot_be_trusted_are_errors() {
        let weak_secret = r#"{"kty":"oct","alg":"HS256","kid":"weak","k":"c2hvcnQ"}"#;
        let small_rsa = r#"{"kty":"RSA","alg":"RS256","kid":"small","n":"AQAB","e":"AQAB"}"#;
        let wrong_kind = ED_JWK.replace("EdDSA", "RS256");
        let not_base64 = r#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"n","x":"not base64!"}"#;
        for key in [weak_secret, small_rsa, &wrong_kind, not_base64] {
            assert!(matches!(read(&[key]), Err(KeySetError::Unusable { .. })), "{key}");
        }
        let long = ED_JWK.replace("\"ed\"", &format!("\"{}\"", "k".repeat(65)));
        assert_eq!(read(&[&long]).expect_err("too long"), KeySetError::Unnamed(1));
        assert_eq!(read(&[&ED_JWK.replace("\"kid\":\"ed\",", "")]).expect_err("none"), KeySetError::Unnamed(1));
        assert_eq!(read(&[&ED_JWK, &ED_JWK]).expect_err("twice"), KeySetError::Twice("ed".to_owned()));
    }

    #[test]
    fn what_is_not_a_key_set_is_an_error() {
        for document in ["", "[]", "{}", "{\"keys\":5}", "-----BEGIN PUBLIC KEY-----"] {
            assert!(matches!(KeySet::from_jwks(document.as_bytes(), &ALL), Err(KeySetError::NotJwks(_))), "{document}");
        }
        let many = vec![ED_JWK.as_str(); MAX_KEYS + 1];
        assert_eq!(read(&many).expect_err("too many"), KeySetError::TooMany);
    }

    #[test]
    fn printing_a_key_set_shows_no_key() {
        let set = KeySet::default().with_secret(&Secret::new("do not print me")).expect("free name");
        assert_eq!(format!("{set:?}"), "{(\"hs256\", HS256)}");
    }
}
