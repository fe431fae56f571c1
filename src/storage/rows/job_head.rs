//! When an account next has something to do.

use sea_orm::entity::prelude::*;

/// A row of `job_head`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    /// Microseconds.
    pub next_due: i64,
}

super::plain_entity!();
