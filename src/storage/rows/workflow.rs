//! Workflows.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, PipelineId, StatusId, WorkflowId};
use crate::domain::time::Timestamp;
use crate::domain::workflow::{Workflow, WorkflowState};
use sea_orm::entity::prelude::*;

/// A row of `workflow`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The workflow.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// On or off.
    pub state: String,
    /// Number of the definition.
    pub revision: i64,
    /// JSON of the definition.
    pub definition: String,
    /// Pipeline of the status whose actions it is.
    pub pipeline_id: Option<String>,
    /// The status whose actions it is.
    pub status_id: Option<String>,
    /// The template that it was made from; may be empty.
    pub template: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Workflow {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            state: self.state.code().to_owned(),
            revision: self.revision,
            definition: to_json(&self.definition),
            pipeline_id: self.of_status.as_ref().map(|(pipeline, _)| pipeline.to_string()),
            status_id: self.of_status.as_ref().map(|(_, status)| status.to_string()),
            template: self.template.clone(),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let of_status = row.pipeline_id.zip(row.status_id);
        Ok(Self {
            of_status: of_status.map(|(pipeline, status)| (PipelineId::stored(pipeline), StatusId::stored(status))),
            template: row.template,
            state: known(WorkflowState::from_code(&row.state), "workflow", "state")?,
            definition: from_json(&row.definition, "workflow", "definition")?,
            id: WorkflowId::stored(row.id),
            display_name: row.display_name,
            revision: row.revision,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
