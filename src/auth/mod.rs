//! Who a credential stands for: bearer tokens (RFC 7519) and access keys. Pure verification, no database.
//!
//! A token or key that passes here is genuine; whether the user, the account and the key still exist and are active is
//! asked of the database for every call (decision A3).

pub mod access_key;
mod claims;
pub mod dev_keys;
mod fault;
mod key_files;
mod key_set;
mod mint;
mod verifier;

pub use claims::{Bearer, Claims};
pub use fault::TokenFault;
pub use key_files::{KeyFileError, KeyFiles};
pub use key_set::{KeySet, KeySetError};
pub use mint::{MintError, TokenOrder, TokenSigner};
pub use verifier::{TokenPolicy, Verifier};

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod test_keys;
