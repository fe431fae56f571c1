//! Which tickets are associated with a record: a search structure over the tickets, which hold the truth.

use sea_orm::entity::prelude::*;

/// A row of `ticket_record`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Kind of the record.
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The record.
    pub record_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
}

super::plain_entity!();
