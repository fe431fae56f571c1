//! One ticket on its way through a workflow.

use serde::{Deserialize, Serialize};

use crate::domain::codes::coded;
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::time::Timestamp;

/// Changes of the status that one chain of runs may cause (C-084).
pub const MOST_STATUS_CHANGES: i64 = 25;
/// Runs that may lead to each other, one to the next (T-53).
pub const MOST_DEPTH: i64 = 25;
/// Things that workflows may do to one ticket in an hour (T-53).
pub const MOST_ACTIONS: i64 = 50;
/// Turns of a run that may fail to be stored before it is given up (F-19).
pub const MOST_TRIES: i64 = 10;

coded! {
    /// How far a run is.
    RunState {
        /// Its next step is due, now or later.
        Waiting = "waiting",
        /// It came to its end.
        Done = "done",
        /// It was stopped: the bound on loops, or a workflow that is gone.
        Failed = "failed",
        /// Somebody cancelled it, or its ticket was merged or deleted (C-086).
        Cancelled = "cancelled",
    }
}

coded! {
    /// Who brought about what a chain began with: what a machine wrote leads to no mail, and what came in to a few (T-24).
    Origin {
        /// A person of ours, a program, or time.
        Ours = "ours",
        /// A message of a person outside.
        Message = "message",
        /// A message that a machine wrote, or one of the account's own addresses.
        Machine = "machine",
    }
}

/// What led to a run, as far as bounds count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Sequence of the event that the chain began with.
    pub root: i64,
    /// Runs that led to each other before and with this one.
    pub depth: i64,
    /// Changes of the status in the chain so far.
    pub status_changes: i64,
    /// Who brought about what it began with.
    pub origin: Origin,
}

impl Chain {
    /// One that begins with a run; `root` is the event that it follows from.
    pub const fn new(root: i64, origin: Origin) -> Self {
        Self { root, depth: 1, status_changes: 0, origin }
    }
}

/// What one step came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The step; empty for what is about the run as a whole.
    #[serde(rename = "s")]
    pub step: String,
    /// When.
    #[serde(rename = "t")]
    pub time: Timestamp,
    /// DONE, SKIPPED, FAILED, WAITING, or the way that a branch took.
    #[serde(rename = "o")]
    pub outcome: String,
    /// Why, in words.
    #[serde(rename = "w")]
    pub why: String,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Made id.
    pub id: RunId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The number of the definition that it goes by, to its end.
    pub revision: i64,
    /// The ticket.
    pub ticket: TicketNumber,
    /// How far it is.
    pub state: RunState,
    /// The step that is next.
    pub step: String,
    /// When the next step is due.
    pub due: Timestamp,
    /// What led to it.
    pub chain: Chain,
    /// What took the ticket in: the kind of an event, BY_HAND, or the name of what chose it.
    pub cause: String,
    /// What its steps came to, in order.
    pub log: Vec<LogEntry>,
    /// When it began.
    pub create_time: Timestamp,
    /// When it came to an end.
    pub end_time: Option<Timestamp>,
    /// Turns that could not be stored, one after another.
    pub tries: i64,
}

impl Run {
    /// Notes what a step came to.
    pub fn note(&mut self, step: &str, time: Timestamp, outcome: &str, why: impl Into<String>) {
        let (step, outcome) = (step.to_owned(), outcome.to_owned());
        self.log.push(LogEntry { step, time, outcome, why: why.into() });
    }

    /// Whether it has taken no turn yet.
    pub fn is_new(&self) -> bool {
        self.log.is_empty()
    }

    /// Ends it.
    pub fn end(&mut self, state: RunState, now: Timestamp) {
        self.state = state;
        self.step.clear();
        self.end_time = Some(now);
    }
}
