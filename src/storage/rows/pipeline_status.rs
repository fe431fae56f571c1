//! Statuses of pipelines.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, PipelineId, StatusId};
use crate::domain::pipeline::{Status, StatusCategory};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `pipeline_status`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pipeline_status")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The pipeline.
    pub pipeline_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The status.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Category.
    pub category: String,
    /// Display order.
    pub position: i64,
    /// JSON list: what a ticket must say to come in.
    pub required: String,
    /// The status that takes its tickets while it is being deleted.
    pub leaving_to: Option<String>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Status {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            pipeline_id: self.pipeline.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            category: self.category.code().to_owned(),
            position: self.position,
            required: to_json(&self.required),
            leaving_to: self.leaving.as_ref().map(ToString::to_string),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            category: known(StatusCategory::from_code(&row.category), "pipeline_status", "category")?,
            pipeline: PipelineId::stored(row.pipeline_id),
            id: StatusId::stored(row.id),
            display_name: row.display_name,
            position: row.position,
            required: from_json(&row.required, "pipeline_status", "required")?,
            leaving: row.leaving_to.map(StatusId::stored),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
