//! Pipelines, their statuses, and what happens by itself in them.

mod actions;
mod automation;
mod by_email;
mod delete;
mod evacuate;
mod pipeline;
mod read;
mod read_actions;
mod rules;
mod statuses;
mod write;

pub use actions::{ActionKey, CreateAction, DeleteAction, OneAction, ReorderActions, StatusActions, UpdateAction};
pub use automation::{AutomationChanges, RuleChanges, UpdateAutomation};
pub use by_email::{after_answer, after_sending, tell_entered};
pub use delete::{Delete, DeleteStatus, Evacuated};
pub use evacuate::{MOVE_TICKETS, move_next};
pub use read::{PipelineWithStatuses, automation, get, list, status, statuses};
pub use read_actions::{AutomationWorkflows, actions, inspect};
pub use rules::{may_begin, may_change, may_come, says_enough, takes_in};
pub use statuses::{CreateStatus, ReorderStatuses, UpdateStatus};
pub use write::{Create, NewStatus, Reorder, Update};
