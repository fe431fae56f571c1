//! Tickets on their way through workflows.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, RunId, TicketNumber, WorkflowId};
use crate::domain::time::Timestamp;
use crate::domain::workflow::{Chain, Origin, Run, RunState};
use sea_orm::entity::prelude::*;

/// A row of `workflow_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The run.
    pub id: Uuid,
    /// The workflow.
    pub workflow_id: String,
    /// Number of its definition.
    pub revision: i64,
    /// The ticket.
    pub ticket_number: i64,
    /// How far it is.
    pub state: String,
    /// The step that is next.
    pub step: String,
    /// Microseconds.
    pub due_time: i64,
    /// What took the ticket in.
    pub cause: String,
    /// Sequence of the event that its chain began with.
    pub chain_root: i64,
    /// Runs in the chain.
    pub chain_depth: i64,
    /// Changes of the status in the chain.
    pub chain_changes: i64,
    /// Who brought about what it began with.
    pub chain_origin: String,
    /// JSON list of what its steps came to.
    pub log: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub end_time: Option<i64>,
    /// Turns that could not be stored.
    pub tries: i64,
}

super::plain_entity!();

impl Stored for Run {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            workflow_id: self.workflow.to_string(),
            revision: self.revision,
            ticket_number: self.ticket.0,
            state: self.state.code().to_owned(),
            step: self.step.clone(),
            due_time: self.due.as_micros(),
            cause: self.cause.clone(),
            chain_root: self.chain.root,
            chain_depth: self.chain.depth,
            chain_changes: self.chain.status_changes,
            chain_origin: self.chain.origin.code().to_owned(),
            log: to_json(&self.log),
            create_time: self.create_time.as_micros(),
            end_time: self.end_time.map(Timestamp::as_micros),
            tries: self.tries,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let chain = Chain {
            root: row.chain_root,
            depth: row.chain_depth,
            status_changes: row.chain_changes,
            origin: known(Origin::from_code(&row.chain_origin), "workflow_run", "chain_origin")?,
        };
        Ok(Self {
            state: known(RunState::from_code(&row.state), "workflow_run", "state")?,
            log: from_json(&row.log, "workflow_run", "log")?,
            id: RunId(row.id),
            workflow: WorkflowId::stored(row.workflow_id),
            revision: row.revision,
            ticket: TicketNumber(row.ticket_number),
            step: row.step,
            cause: row.cause,
            due: Timestamp::from_micros(row.due_time),
            chain,
            create_time: Timestamp::from_micros(row.create_time),
            end_time: row.end_time.map(Timestamp::from_micros),
            tries: row.tries,
        })
    }
}
