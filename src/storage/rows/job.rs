//! Durable jobs (T2).

use sea_orm::entity::prelude::*;

/// A row of `job`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The job.
    pub id: Uuid,
    /// Kind.
    pub kind: String,
    /// Payload.
    pub payload: String,
    /// Microseconds.
    pub due_time: i64,
    /// Attempts.
    pub attempts: i64,
    /// Grows with each claim.
    pub fence: i64,
    /// Microseconds.
    pub lease_until: Option<i64>,
    /// State.
    pub state: String,
    /// Last error.
    pub last_error: String,
    /// Microseconds.
    pub create_time: i64,
}

super::plain_entity!();
