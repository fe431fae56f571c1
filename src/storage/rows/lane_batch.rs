//! Committed batches, to settle a commit in doubt (W4).

use sea_orm::entity::prelude::*;

/// A row of `lane_batch`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lane_batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The batch.
    pub id: Uuid,
    /// Microseconds.
    pub create_time: i64,
}

super::plain_entity!();
