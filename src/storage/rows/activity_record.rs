//! Which activities are about a record: a search structure over the activities, which hold the truth.

use sea_orm::entity::prelude::*;

/// A row of `activity_record`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_record")]
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
    /// The activity.
    pub activity_id: Uuid,
}

super::plain_entity!();
