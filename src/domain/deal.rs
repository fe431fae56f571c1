//! Business under way with a contact or a company, as far as somebody who answers a ticket wants to know of it.

use super::ids::{DealId, UserId};
use super::time::Timestamp;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Millionths of the currency's unit.
    pub micros: i64,
    /// ISO 4217, three capitals.
    pub currency: String,
}

/// One deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Made id.
    pub id: DealId,
    /// Name for people, not blank.
    pub display_name: String,
    /// How far it is, in the words of whoever sells; may be empty.
    pub stage: String,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The person of the account who looks after it.
    pub owner: Option<UserId>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}
