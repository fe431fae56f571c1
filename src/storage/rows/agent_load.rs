//! What each user has to do, kept exact in the transaction of every change (C-041).

use sea_orm::entity::prelude::*;

/// A row of `agent_load`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_load")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user.
    pub user_id: String,
    /// Open tickets owned.
    pub open_tickets: i64,
    /// Last automatic assignment in microseconds.
    pub last_auto: Option<i64>,
    /// Load sequence of the last change.
    pub changed_seq: i64,
}

super::plain_entity!();
