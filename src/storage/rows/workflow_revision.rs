//! What workflows did at a time.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::ids::{AccountId, WorkflowId};
use crate::domain::time::Timestamp;
use crate::domain::workflow::Revision;
use sea_orm::entity::prelude::*;

/// A row of `workflow_revision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The workflow.
    pub workflow_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Its number.
    pub number: i64,
    /// JSON of the definition.
    pub definition: String,
    /// Microseconds.
    pub create_time: i64,
}

super::plain_entity!();

impl Stored for Revision {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            workflow_id: self.workflow.to_string(),
            number: self.number,
            definition: to_json(&self.definition),
            create_time: self.create_time.as_micros(),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            definition: from_json(&row.definition, "workflow_revision", "definition")?,
            workflow: WorkflowId::stored(row.workflow_id),
            number: row.number,
            create_time: Timestamp::from_micros(row.create_time),
        })
    }
}
