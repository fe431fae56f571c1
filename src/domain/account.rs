//! The account: a tenant, and what it has bought.

use std::collections::BTreeSet;

use super::access::Tier;
use super::codes::coded;
use super::ids::AccountId;
use super::plan::{AddOn, Feature};
use super::time::Timestamp;

coded! {
    /// Whether the account may be used.
    AccountState { Active = "active", Suspended = "suspended" }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, chosen at creation.
    pub id: AccountId,
    /// Name for people, 1 to 128 characters.
    pub display_name: String,
    /// Whether it may be used.
    pub state: AccountState,
    /// What it has bought; ENTERPRISE unless said otherwise (A5).
    pub tier: Tier,
    /// What it has bought beside.
    pub add_ons: BTreeSet<AddOn>,
    /// Where its days begin, as the IANA database calls it (C-066).
    pub time_zone: String,
    /// Answers of customer agents that it has bought, ever.
    pub credits: i64,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// Grows by one at each stored change; the etag.
    pub version: i64,
}

impl Account {
    /// Whether what it has bought includes the feature now (C-007).
    pub fn includes(&self, feature: Feature) -> bool {
        feature.is_in(self.tier) && feature.add_on().is_none_or(|add_on| self.add_ons.contains(&add_on))
    }
}
