//! Runs of workflows, and what they go by, as a batch knows them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::super::StoreError;
use super::super::rows::{Stored, workflow_revision, workflow_run};
use super::flush::{erase, save};
use super::load::uuids;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::workflow::{Revision, Run};

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct AutomationKeys {
    /// Runs.
    pub runs: BTreeSet<RunId>,
    /// What workflows did at a time.
    pub revisions: BTreeSet<(WorkflowId, i64)>,
    /// Runs of a ticket in a workflow.
    pub runs_of: BTreeSet<(WorkflowId, TicketNumber)>,
}

/// See the module.
#[derive(Debug)]
pub struct Automation {
    /// Runs.
    pub runs: Table<RunId, Run>,
    /// What workflows did at a time.
    pub revisions: Table<(WorkflowId, i64), Revision>,
    /// Runs that the database has of a ticket in a workflow; see [`World::runs_of`].
    runs_of: Table<(WorkflowId, TicketNumber), Vec<RunId>>,
}

impl Default for Automation {
    fn default() -> Self {
        Self { runs: Table::new("run"), revisions: Table::new("revision"), runs_of: Table::new("runs of ticket") }
    }
}

impl World {
    /// Every run of a ticket in a workflow, those of the batch among them.
    pub fn runs_of(&self, workflow: &WorkflowId, ticket: TicketNumber) -> Vec<Run> {
        let runs = &self.automation.runs;
        let stored = self.automation.runs_of.get(&(workflow.clone(), ticket)).into_iter().flatten();
        let made = runs.values().filter(|run| run.workflow == *workflow && run.ticket == ticket).map(|run| &run.id);
        let ids: BTreeSet<RunId> = stored.chain(made).copied().collect();
        ids.iter().filter_map(|id| runs.peek(id)).cloned().collect()
    }
}

impl World {
    /// A ticket was made by the batch: nothing of it is stored that could be read. What is known stays.
    pub fn knows_no_runs(&mut self, workflow: &WorkflowId, ticket: TicketNumber) {
        self.automation.runs_of.load((workflow.clone(), ticket), Some(Vec::new()));
    }
}

impl AutomationKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Automation) -> Self {
        self.runs.retain(|key| !known.runs.knows(key));
        self.revisions.retain(|key| !known.revisions.knows(key));
        self.runs_of.retain(|key| !known.runs_of.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.revisions.is_empty() && self.runs_of.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(
    db: &impl ConnectionTrait,
    world: &mut World,
    keys: &AutomationKeys,
) -> Result<(), StoreError> {
    static BY_ID: Lookup = Lookup::new();
    static BY_NUMBER: Lookup = Lookup::new();
    static BY_PLACE: Lookup = Lookup::new();
    let account = world.account.id.clone();
    if !keys.runs.is_empty() {
        let ids = uuids(keys.runs.iter().map(|id| id.0));
        for row in BY_ID.rows::<workflow_run::Entity>(db, &account, &[workflow_run::Column::Id], ids).await? {
            let found = Run::from_row(row)?;
            world.automation.runs.load(found.id, Some(found));
        }
        keys.runs.iter().for_each(|id| world.automation.runs.load(*id, None));
    }
    if !keys.revisions.is_empty() {
        use workflow_revision::Column;
        let tuples = keys.revisions.iter().map(|(id, number)| vec![Value::from(id.to_string()), Value::from(*number)]);
        let columns = [Column::WorkflowId, Column::Number];
        for row in BY_NUMBER.rows::<workflow_revision::Entity>(db, &account, &columns, tuples).await? {
            let found = Revision::from_row(row)?;
            world.automation.revisions.load((found.workflow.clone(), found.number), Some(found));
        }
        keys.revisions.iter().for_each(|key| world.automation.revisions.load(key.clone(), None));
    }
    if !keys.runs_of.is_empty() {
        use workflow_run::Column;
        let tuples = keys.runs_of.iter().map(|(id, number)| vec![Value::from(id.to_string()), Value::from(number.0)]);
        let columns = [Column::WorkflowId, Column::TicketNumber];
        let mut found: std::collections::BTreeMap<_, Vec<RunId>> =
            keys.runs_of.iter().map(|key| (key.clone(), Vec::new())).collect();
        for row in BY_PLACE.rows::<workflow_run::Entity>(db, &account, &columns, tuples).await? {
            let run = Run::from_row(row)?;
            found.entry((run.workflow.clone(), run.ticket)).or_default().push(run.id);
            world.automation.runs.load(run.id, Some(run));
        }
        for (key, ids) in found {
            world.automation.runs_of.load(key, Some(ids));
        }
    }
    Ok(())
}

/// Writes what the batches of a commit did to them.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.automation.revisions).await?;
    erase(db, worlds, |world| &world.automation.runs).await?;
    save(db, worlds, |world| &world.automation.runs).await
}
