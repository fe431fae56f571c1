//! Skills.

use super::{Corrupt, Stored};
use crate::domain::ids::{AccountId, SkillId};
use crate::domain::skill::Skill;
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `skill`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "skill")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The skill.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Category.
    pub category: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Skill {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            category: self.category.clone(),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            id: SkillId::stored(row.id),
            display_name: row.display_name,
            category: row.category,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
