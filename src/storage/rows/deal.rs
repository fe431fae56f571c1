//! Deals.

use super::{Corrupt, Stored};
use crate::domain::deal::{Deal, Money};
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, DealId, UserId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `deal`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The deal.
    pub id: Uuid,
    /// Display name.
    pub display_name: String,
    /// The name folded for search and order.
    pub name_folded: String,
    /// Stage.
    pub stage: String,
    /// Millionths of the currency's unit.
    pub amount_micros: Option<i64>,
    /// Empty without amount.
    pub currency_code: String,
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

impl Stored for Deal {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let currency = self.amount.as_ref().map(|amount| amount.currency.clone());
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            display_name: self.display_name.clone(),
            name_folded: fold(&self.display_name),
            stage: self.stage.clone(),
            amount_micros: self.amount.as_ref().map(|amount| amount.micros),
            currency_code: currency.unwrap_or_default(),
            owner_id: self.owner.as_ref().map(ToString::to_string),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let currency = row.currency_code;
        Ok(Self {
            id: DealId(row.id),
            display_name: row.display_name,
            stage: row.stage,
            amount: row.amount_micros.map(|micros| Money { micros, currency }),
            owner: row.owner_id.map(UserId::stored),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
