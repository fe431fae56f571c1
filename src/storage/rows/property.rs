//! Properties of tickets.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, PropertyId};
use crate::domain::property::{Property, PropertyKind};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `property`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "property")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The property.
    pub id: String,
    /// What its values are.
    pub kind: String,
    /// Label.
    pub display_name: String,
    /// Description.
    pub description: String,
    /// JSON list.
    pub choices: String,
    /// Archived.
    pub archived: bool,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

const TABLE: &str = "property";

impl Stored for Property {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            kind: self.kind.code().to_owned(),
            display_name: self.display_name.clone(),
            description: self.description.clone(),
            choices: to_json(&self.choices),
            archived: self.archived,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: known(PropertyKind::from_code(&row.kind), TABLE, "kind")?,
            choices: from_json(&row.choices, TABLE, "choices")?,
            id: PropertyId::stored(row.id),
            display_name: row.display_name,
            description: row.description,
            archived: row.archived,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
