//! Stored answers by request id (C-108).

use sea_orm::entity::prelude::*;

/// A row of `request_record`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Who asked.
    pub caller: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Which method.
    pub method: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The id.
    pub request_id: String,
    #[sea_orm(column_type = "Blob")]
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    /// Encoded answer.
    pub answer: Vec<u8>,
    /// Microseconds.
    pub expire_time: i64,
}

super::plain_entity!();
