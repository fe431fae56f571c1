//! The account: a tenant, and what it has bought.

use std::collections::BTreeSet;
use std::time::Duration;

use super::access::Tier;
use super::codes::coded;
use super::ids::AccountId;
use super::plan::{AddOn, Feature};
use super::routing::Capacity;
use super::time::Timestamp;
use super::user::User;

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
    /// Which secret signs its webhooks: its number, 0 as long as it has none.
    pub webhook_generation: i64,
    /// When that secret took the place of the one before.
    pub webhook_rotate_time: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// Grows by one at each stored change; the etag.
    pub version: i64,
}

/// How long the former secret of webhooks signs beside the new one (T-32).
pub const SECRETS_OVERLAP: Duration = Duration::from_hours(24);

impl Account {
    /// The numbers of the secrets that sign its webhooks now, the newest first.
    pub fn webhook_generations(&self, now: Timestamp) -> Vec<i64> {
        let newest = self.webhook_generation;
        let overlaps = self.webhook_rotate_time.is_some_and(|since| now.since(since) < SECRETS_OVERLAP);
        (1..=newest).rev().take(if overlaps { 2 } else { 1 }).collect()
    }

    /// How many tickets a person gets: what is set, as far as the account has bought it (C-007, C-008).
    pub fn limits_of(&self, user: &User) -> Capacity {
        if self.includes(Feature::Capacity) { user.work.capacity } else { Capacity::default() }
    }

    /// Whether what it has bought includes the feature now (C-007).
    pub fn includes(&self, feature: Feature) -> bool {
        feature.is_in(self.tier) && feature.add_on().is_none_or(|add_on| self.add_ons.contains(&add_on))
    }
}
