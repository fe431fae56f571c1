//! Verifying bearer tokens: compact JWS with JSON claims (RFC 7515, RFC 7519), after the advice of RFC 8725.
//!
//! What a token says about keys is never followed: `jku`, `x5u`, `x5c` and `jwk` are ignored, `kid` only looks up a map
//! and `alg` must be the one algorithm of the key found there.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::claims::{Claims, RawClaims, Signed};
use super::fault::TokenFault;
use super::key_set::{KeySet, KeySetError, MAX_KID, VerifyingKey};
use crate::domain::time::Timestamp;
use crate::settings::Settings;

/// What tokens must say and how long they may live.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// The only accepted `iss`.
    pub issuer: String,
    /// What `aud` must name.
    pub audience: String,
    /// Difference of clocks that is forgiven.
    pub leeway: Duration,
    /// Longest life of a token.
    pub max_age: Duration,
    /// Longest token, in bytes (L-03).
    pub max_length: usize,
}

impl TokenPolicy {
    /// The policy of the settings.
    pub fn of(settings: &Settings) -> Self {
        let auth = &settings.auth;
        Self {
            issuer: auth.issuer.clone(),
            audience: auth.audience.clone(),
            leeway: auth.leeway,
            max_age: auth.token_max_age,
            max_length: settings.limits.token,
        }
    }
}

/// Verifies tokens of users and of operators.
#[derive(Debug)]
pub struct Verifier {
    policy: TokenPolicy,
    users: KeySet,
    operators: KeySet,
}

impl Verifier {
    /// A verifier with separate keys for users and operators.
    ///
    /// # Errors
    /// [`KeySetError::Twice`] when a name or a key is in both sets: it must say which kind of token it signs.
    pub fn new(policy: TokenPolicy, users: KeySet, operators: KeySet) -> Result<Self, KeySetError> {
        match users.shared_key(&operators) {
            Some(kid) => Err(KeySetError::Twice(kid)),
            None => Ok(Self { policy, users, operators }),
        }
    }

    /// Says who `token` stands for at `now`.
    ///
    /// # Errors
    /// [`TokenFault`]: show the caller its constant text only.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenFault> {
        if token.len() > self.policy.max_length {
            return Err(TokenFault::TooLong);
        }
        let parts = Parts::split(token).ok_or(TokenFault::Malformed)?;
        let header = Header::read(parts.header)?;
        let (key, signed) = self.key(header.kid.as_deref())?;
        if Some(header.alg.as_str()) != name_of(key.algorithm) {
            return Err(TokenFault::AlgorithmRefused);
        }
        parts.check_signature(key)?;
        let claims: RawClaims = decode(parts.claims).ok_or(TokenFault::Malformed)?;
        claims.judge(&self.policy, signed, now)
    }

    /// The keys of users.
    pub fn users(&self) -> &KeySet {
        &self.users
    }

    /// The keys of operators.
    pub fn operators(&self) -> &KeySet {
        &self.operators
    }

    fn key(&self, kid: Option<&str>) -> Result<(&VerifyingKey, Signed), TokenFault> {
        if kid.is_none() && !self.users.has_unnamed() {
            return Err(TokenFault::KeyMissing);
        }
        if kid.is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(TokenFault::KeyUnknown);
        }
        let user = self.users.find(kid).map(|key| (key, Signed::ForUsers));
        let operator = || self.operators.find(kid).map(|key| (key, Signed::ForOperators));
        user.or_else(operator).ok_or(TokenFault::KeyUnknown)
    }
}

/// The three parts of a compact JWS, still encoded.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// Header and claims with the dot between them: what is signed.
    message: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let whole = !header.is_empty() && !claims.is_empty() && !signature.is_empty() && !claims.contains('.');
        whole.then_some(Self { header, claims, signature, message })
    }

    fn check_signature(&self, key: &VerifyingKey) -> Result<(), TokenFault> {
        // Strict base64url: another text for the same signature would be another token to every cache.
        URL_SAFE_NO_PAD.decode(self.signature).map_err(|_| TokenFault::Malformed)?;
        let message = self.message.as_bytes();
        match jsonwebtoken::crypto::verify(self.signature, message, &key.key, key.algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(TokenFault::SignatureWrong),
        }
    }
}

/// What is read of a token's header; everything else in it is ignored.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

impl Header {
    fn read(encoded: &str) -> Result<Self, TokenFault> {
        let header: Self = decode(encoded).ok_or(TokenFault::Malformed)?;
        // `crit` lists what must be understood (RFC 7515, section 4.1.11), and nothing of that kind is.
        let understood = header.crit.is_none() && header.typ.as_deref().is_none_or(is_token_type);
        if understood { Ok(header) } else { Err(TokenFault::Malformed) }
    }
}

/// `JWT`, or `at+jwt` for access tokens (RFC 9068); another type is a token for another purpose (RFC 8725, section 3.11).
fn is_token_type(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt")
}

fn decode<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The name of an algorithm as headers write it; `None` for those that no key set takes in.
fn name_of(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::EdDSA => Some("EdDSA"),
        Algorithm::ES256 => Some("ES256"),
        Algorithm::RS256 => Some("RS256"),
        Algorithm::HS256 => Some("HS256"),
        _ => None,
    }
}
