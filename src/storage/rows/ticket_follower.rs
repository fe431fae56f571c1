//! Search structure: tickets by follower.

use sea_orm::entity::prelude::*;

/// A row of `ticket_follower`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_follower")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The follower.
    pub user_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
}

super::plain_entity!();
