//! Companies.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::company::Company;
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, CompanyId, UserId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `company`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "company")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The company.
    pub id: Uuid,
    /// Display name.
    pub display_name: String,
    /// The name folded for search and order.
    pub name_folded: String,
    /// JSON list.
    pub domains: String,
    /// Owner id.
    pub owner_id: Option<String>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Company {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            display_name: self.display_name.clone(),
            name_folded: fold(&self.display_name),
            domains: to_json(&self.domains),
            owner_id: self.owner.as_ref().map(ToString::to_string),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            id: CompanyId(row.id),
            display_name: row.display_name,
            domains: from_json(&row.domains, "company", "domains")?,
            owner: row.owner_id.map(UserId::stored),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
