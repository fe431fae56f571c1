//! Creation forms that were changed; others are as they are at first.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::ids::AccountId;
use crate::domain::ticket_form::TicketForm;
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `ticket_form`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_form")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    /// JSON list.
    pub fields: String,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for TicketForm {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            fields: to_json(&self.fields),
            update_time: self.update_time.map_or(0, Timestamp::as_micros),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            fields: from_json(&row.fields, "ticket_form", "fields")?,
            update_time: Some(Timestamp::from_micros(row.update_time)),
            version: row.version,
        })
    }
}
