//! Pipelines.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::ids::{AccountId, PipelineId};
use crate::domain::pipeline::{Automation, Pipeline};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `pipeline`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pipeline")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The pipeline.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Display order.
    pub position: i64,
    /// JSON list of pairs: which status may follow which; empty: any.
    pub transitions: String,
    /// JSON list: in which statuses a ticket may begin; empty: in any.
    pub beginnings: String,
    /// JSON: where its tickets go while it is being deleted; empty: it is not.
    pub leaving: String,
    /// JSON of the automation; empty: as it is made.
    pub automation: String,
    /// Grows with each change of the automation.
    pub automation_version: i64,
    /// Microseconds.
    pub automation_update_time: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Pipeline {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            position: self.position,
            transitions: to_json(&self.transitions),
            beginnings: to_json(&self.beginnings),
            leaving: self.leaving.as_ref().map(to_json).unwrap_or_default(),
            automation: to_json(&self.automation),
            automation_version: self.automation_version,
            automation_update_time: self.automation_update_time.as_micros(),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            transitions: from_json(&row.transitions, "pipeline", "transitions")?,
            beginnings: from_json(&row.beginnings, "pipeline", "beginnings")?,
            leaving: match row.leaving.as_str() {
                "" => None,
                text => Some(from_json(text, "pipeline", "leaving")?),
            },
            automation: match row.automation.as_str() {
                "" => Automation::default(),
                text => from_json(text, "pipeline", "automation")?,
            },
            automation_version: row.automation_version,
            automation_update_time: Timestamp::from_micros(row.automation_update_time),
            id: PipelineId::stored(row.id),
            display_name: row.display_name,
            position: row.position,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
