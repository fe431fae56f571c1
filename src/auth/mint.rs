//! Making tokens for development and tests. In production tokens come from whatever signs people in.

use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

use super::claims::Bearer;
use super::dev_keys;
use crate::domain::time::Timestamp;
use crate::settings::Secret;

/// Why a token cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The key is not what tokens can be signed with here.
    #[error("the signing key is not an unencrypted Ed25519 private key in PEM (PKCS#8)")]
    NotAKey,
    /// The library refused to sign.
    #[error("the token cannot be signed: {0}")]
    NotSigned(String),
}

/// What a token is to say.
#[derive(Debug, Clone)]
pub struct TokenOrder {
    /// Claim `iss`.
    pub issuer: String,
    /// Claim `aud`.
    pub audience: String,
    /// Who it stands for.
    pub bearer: Bearer,
    /// Claim `iat`.
    pub issued: Timestamp,
    /// How long after `iat` its `exp` is.
    pub life: Duration,
}

/// A private key that signs tokens.
pub struct TokenSigner {
    key: EncodingKey,
    header: Header,
}

impl TokenSigner {
    /// A signer with an Ed25519 key. `kid` names it in key sets; without one it is the name that
    /// [`dev_keys::generate`] gives to this key.
    ///
    /// # Errors
    /// [`MintError::NotAKey`] when `pem` is anything else.
    pub fn from_pem(pem: &[u8], kid: Option<String>) -> Result<Self, MintError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| MintError::NotAKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| MintError::NotAKey)?;
        let kid = kid.unwrap_or_else(|| dev_keys::kid_of(pair.public_key().as_ref()));
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        Ok(Self { key: EncodingKey::from_ed_der(der.secret_pkcs8_der()), header })
    }

    /// A signer with the HS256 secret of the settings; its tokens name no key.
    pub fn from_secret(secret: &Secret) -> Self {
        let key = EncodingKey::from_secret(secret.expose().as_bytes());
        Self { key, header: Header::new(Algorithm::HS256) }
    }

    /// Makes the token.
    ///
    /// # Errors
    /// [`MintError::NotSigned`] when the library fails.
    pub fn sign(&self, order: &TokenOrder) -> Result<String, MintError> {
        let (sub, account, operator) = match &order.bearer {
            Bearer::User { account, user } => (user.as_str(), Some(account.as_str()), None),
            Bearer::Operator { name } => (name.as_str(), None, Some(true)),
        };
        let (iat, exp) = (seconds(order.issued), seconds(order.issued.plus(order.life)));
        let claims = Minted { iss: &order.issuer, aud: &order.audience, sub, account, operator, iat, exp };
        jsonwebtoken::encode(&self.header, &claims, &self.key).map_err(|error| MintError::NotSigned(error.to_string()))
    }
}

#[derive(Serialize)]
struct Minted<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<bool>,
    iat: i64,
    exp: i64,
}

fn seconds(time: Timestamp) -> i64 {
    time.as_micros() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::super::test_keys::{NOW, policy};
    use super::super::{KeySet, TokenFault, Verifier};
    use super::*;
    use crate::domain::ids::{AccountId, UserId};
    use crate::ids::Ids;

    fn order(bearer: Bearer) -> TokenOrder {
        let issued = NOW;
        TokenOrder {
            issuer: "helpdesk".into(),
            audience: "helpdesk".into(),
            bearer,
            issued,
            life: Duration::from_hours(1),
        }
    }

    fn ada() -> Bearer {
        Bearer::User { account: AccountId::parse("acme").expect("valid"), user: UserId::parse("ada").expect("valid") }
    }

    fn keys(jwks: &str) -> KeySet {
        KeySet::from_jwks(jwks.as_bytes(), &[Algorithm::EdDSA]).expect("usable")
    }

    #[test]
    fn minted_tokens_stand_for_whom_they_were_made() {
        let (users, operators) = (dev_keys::generate(&Ids::seeded(1)), dev_keys::generate(&Ids::seeded(2)));
        let verifier = Verifier::new(policy(), keys(&users.jwks), keys(&operators.jwks)).expect("separate");
        let signer = TokenSigner::from_pem(users.private_pem.expose().as_bytes(), None).expect("a key");
        let claims = verifier.verify(&signer.sign(&order(ada())).expect("signed"), NOW).expect("genuine");
        assert_eq!(claims.bearer, ada());
        assert_eq!(claims.expires, NOW.plus(Duration::from_hours(1)));
        let ops = Bearer::Operator { name: "ops".to_owned() };
        let by_user_key = signer.sign(&order(ops.clone())).expect("signed");
        assert_eq!(verifier.verify(&by_user_key, NOW), Err(TokenFault::WrongKind));
        let signer = TokenSigner::from_pem(operators.private_pem.expose().as_bytes(), None).expect("a key");
        let token = signer.sign(&order(ops.clone())).expect("signed");
        assert_eq!(verifier.verify(&token, NOW).expect("genuine").bearer, ops);
    }

    #[test]
    fn a_token_of_the_shared_secret_is_verified_with_it() {
        let secret = Secret::new(super::super::test_keys::SECRET);
        let users = KeySet::default().with_secret(&secret).expect("free name");
        let verifier = Verifier::new(policy(), users, KeySet::default()).expect("separate");
        let token = TokenSigner::from_secret(&secret).sign(&order(ada())).expect("signed");
        assert_eq!(verifier.verify(&token, NOW).expect("genuine").bearer, ada());
    }

    #[test]
    fn what_is_not_a_private_key_is_refused() {
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        for pem in ["", "no pem", public, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(TokenSigner::from_pem(pem.as_bytes(), None).err(), Some(MintError::NotAKey), "{pem}");
        }
    }
}
