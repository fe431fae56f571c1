//! Keys and a token builder for the tests beside it. The keys are made anew on each run.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::verifier::TokenPolicy;
use crate::domain::time::Timestamp;
use crate::settings::Settings;

/// 2026-11-21T19:00:00Z: what the time is in these tests.
pub const NOW_SECONDS: i64 = 1_795_287_600;
/// The same as a timestamp.
pub const NOW: Timestamp = Timestamp::from_micros(NOW_SECONDS * 1_000_000);
/// The shared secret where a test configures one.
pub const SECRET: &str = "a shared secret of more than 32 bytes";

static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().expect("a key"));
static OPERATOR: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().expect("a key"));
static EC: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

/// The public key of users' tokens.
pub static ED_JWK: LazyLock<String> = LazyLock::new(|| ed_jwk("ed", &ED));
/// The public key of operators' tokens.
pub static OPERATOR_JWK: LazyLock<String> = LazyLock::new(|| ed_jwk("operator", &OPERATOR));
/// A P-256 key.
pub static EC_JWK: LazyLock<String> = LazyLock::new(|| {
    let (x, y) = EC.public_key().as_ref()[1..].split_at(32);
    format!(r#"{{"kty":"EC","kid":"ec","alg":"ES256","crv":"P-256","x":"{}","y":"{}"}}"#, b64(x), b64(y))
});
/// An RSA key of 2048 bits.
pub static RSA_JWK: LazyLock<String> = LazyLock::new(|| {
    // RSAPublicKey in DER: 9 bytes of heads, 256 of modulus, 2 of head, 3 of exponent.
    let der = RSA.public_key().as_ref();
    format!(r#"{{"kty":"RSA","kid":"rsa","alg":"RS256","n":"{}","e":"{}"}}"#, b64(&der[9..265]), b64(&der[267..]))
});

fn ed_jwk(kid: &str, key: &Ed25519KeyPair) -> String {
    let x = b64(key.public_key().as_ref());
    format!(r#"{{"kty":"OKP","kid":"{kid}","alg":"EdDSA","crv":"Ed25519","x":"{x}"}}"#)
}

/// The public key of users' tokens, as bytes and as an attacker would use it for HS256.
pub fn ed_public() -> Vec<u8> {
    ED.public_key().as_ref().to_vec()
}

/// The policy of the default settings.
pub fn policy() -> TokenPolicy {
    TokenPolicy::of(&Settings::defaults())
}

/// base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token in the making.
#[derive(Clone)]
pub struct Token {
    pub header: Value,
    pub claims: Value,
}

impl Token {
    /// A token that is right in every way for user `ada` of account `acme`.
    pub fn user() -> Self {
        let claims = json!({"iss": "helpdesk", "aud": "helpdesk", "sub": "ada", "account": "acme",
                            "iat": NOW_SECONDS, "exp": NOW_SECONDS + 3_600});
        Self { header: json!({"alg": "EdDSA", "kid": "ed", "typ": "JWT"}), claims }
    }

    /// A token that is right in every way for an operator.
    pub fn operator() -> Self {
        let token = Self::user().without("account").claim("operator", true).claim("sub", "ops@example.org");
        token.header("kid", "operator")
    }

    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().expect("an object").remove(name);
        self
    }

    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// Header and claims, encoded: what is signed.
    pub fn message(&self) -> String {
        format!("{}.{}", b64(self.header.to_string().as_bytes()), b64(self.claims.to_string().as_bytes()))
    }

    pub fn signed(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let message = self.message();
        format!("{message}.{}", b64(&sign(message.as_bytes())))
    }

    /// Signed with the key of users, whatever the header says.
    pub fn sign(&self) -> String {
        self.signed(|message| ED.sign(message).as_ref().to_vec())
    }

    /// Signed with the key of operators, whatever the header says.
    pub fn sign_operator(&self) -> String {
        self.signed(|message| OPERATOR.sign(message).as_ref().to_vec())
    }

    pub fn sign_ec(self) -> String {
        let sign = |message: &[u8]| EC.sign(&SystemRandom::new(), message).expect("signed").as_ref().to_vec();
        self.header("alg", "ES256").header("kid", "ec").signed(sign)
    }

    pub fn sign_rsa(self) -> String {
        let mut signature = vec![0; RSA.public_modulus_len()];
        self.header("alg", "RS256").header("kid", "rsa").signed(|message| {
            RSA.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("signed");
            signature
        })
    }

    pub fn sign_hs(&self, secret: &[u8]) -> String {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        self.signed(|message| aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec())
    }
}
