//! Counters of an account: apart from the row that foreign keys point to (W6).

use sea_orm::entity::prelude::*;

/// A row of `account_head`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    /// Sequence of the last event.
    pub last_event: i64,
    /// Number of the last ticket.
    pub last_ticket: i64,
    /// Grows when people or configuration change.
    pub config_seq: i64,
    /// Grows with each batch that changes loads.
    pub load_seq: i64,
    /// Tickets that wait in order.
    pub waiting: i64,
    /// Credits used, ever.
    pub credits_used: i64,
}

super::plain_entity!();
