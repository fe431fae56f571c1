//! Tickets: made by hand, changed, assigned, closed and opened again.

mod assign;
mod create;
mod read;
mod search;
mod status;
mod unassign;
mod update;

pub use crate::storage::search::{Found, Hit, Shown};
pub use assign::{Assign, assignment_changes, change_assignment, check_owner, check_teams};
pub use create::Create;
pub use read::{get, list, visible};
pub use search::{page_size, search};
pub use status::{ChangeStatus, Move, status_changes};
pub use unassign::Unassign;
pub use update::{TicketChanges, Unchanged, Update};
