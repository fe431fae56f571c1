//! Organisations that the people who write in belong to.

use std::collections::BTreeSet;

use super::ids::{CompanyId, UserId};
use super::time::Timestamp;

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Made id.
    pub id: CompanyId,
    /// Name for people, not blank.
    pub display_name: String,
    /// Domain names in lower case; each belongs to one company of the account.
    pub domains: BTreeSet<String>,
    /// The person of the account who looks after it.
    pub owner: Option<UserId>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}
