//! Signatures as in the Standard Webhooks specification, version 1: HMAC-SHA256 over id, moment and body.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::ids::AccountId;

/// What the secrets of all accounts are made of; never printed.
#[derive(Clone)]
pub struct WebhookKey(Key);

impl std::fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookKey(..)")
    }
}

/// The secrets that sign the calls of an account now, by their generations: the newest, and the one before as long as it
/// counts.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The key of the service.
    pub key: WebhookKey,
    /// Whose they are.
    pub account: AccountId,
    /// Which of them.
    pub generations: Vec<i64>,
}

impl WebhookKey {
    /// From the key that seals tokens; it is used for nothing by itself.
    pub fn new(seal: &[u8]) -> Self {
        Self(Key::new(HMAC_SHA256, seal))
    }

    fn secret(&self, account: &AccountId, generation: i64) -> Vec<u8> {
        sign(&self.0, format!("webhooks/{account}/{generation}").as_bytes()).as_ref().to_vec()
    }

    /// A secret as receivers configure it: `whsec_` and 32 bytes in base64.
    pub fn shown(&self, account: &AccountId, generation: i64) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret(account, generation)))
    }
}

impl Secrets {
    /// The header with a signature by each secret.
    pub fn signatures(&self, id: &str, moment: i64, body: &str) -> String {
        let signed = format!("{id}.{moment}.{body}");
        let one = |generation: &i64| {
            let key = Key::new(HMAC_SHA256, &self.key.secret(&self.account, *generation));
            format!("v1,{}", STANDARD.encode(sign(&key, signed.as_bytes())))
        };
        self.generations.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_and_generation_has_a_secret_of_its_own() {
        let key = WebhookKey::new(&[7; 32]);
        let account = |id: &str| AccountId::stored(id);
        let shown = key.shown(&account("acme"), 1);
        assert!(shown.starts_with("whsec_") && shown.len() == 50, "{shown}");
        assert_eq!(shown, key.shown(&account("acme"), 1));
        assert_ne!(shown, key.shown(&account("acme"), 2));
        assert_ne!(shown, key.shown(&account("rival"), 1));
        assert_ne!(shown, WebhookKey::new(&[8; 32]).shown(&account("acme"), 1));
        let secrets = Secrets { key, account: account("acme"), generations: vec![2, 1] };
        let both = secrets.signatures("id", 5, "{}");
        let (new, old) = both.split_once(' ').expect("two");
        assert!(new.starts_with("v1,") && old.starts_with("v1,") && new != old);
        let alone = Secrets { generations: vec![1], ..secrets };
        assert_eq!(alone.signatures("id", 5, "{}"), old);
        assert_ne!(alone.signatures("id", 6, "{}"), old);
    }
}
