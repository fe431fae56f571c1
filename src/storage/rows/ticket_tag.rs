//! Search structure: tickets by tag.

use sea_orm::entity::prelude::*;

/// A row of `ticket_tag`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_tag")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The tag.
    pub tag: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
}

super::plain_entity!();
