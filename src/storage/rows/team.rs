//! Teams.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::ids::{AccountId, TeamId};
use crate::domain::routing::Skills;
use crate::domain::time::Timestamp;
use crate::domain::user::Team;
use sea_orm::entity::prelude::*;

/// A row of `team`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The team.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// JSON of the skills of its main members; empty for none.
    pub skills: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Team {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            skills: if self.skills.is_empty() { String::new() } else { to_json(&self.skills) },
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            id: TeamId::stored(row.id),
            display_name: row.display_name,
            skills: match row.skills.as_str() {
                "" => Skills::default(),
                text => from_json(text, "team", "skills")?,
            },
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
