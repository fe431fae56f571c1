//! Search structure: tickets by user or team they are shared with.

use sea_orm::entity::prelude::*;

/// A row of `ticket_share`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_share")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Whether it is a user or a team.
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user or team.
    pub grantee_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
    /// What it allows.
    pub level: String,
}

super::plain_entity!();
