//! Search structure: tickets by assigned team.

use sea_orm::entity::prelude::*;

/// A row of `ticket_team`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The team.
    pub team_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
}

super::plain_entity!();
