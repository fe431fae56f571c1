//! Tickets: made by hand, changed, assigned, closed and opened again, followed, shared, split, merged, moved, deleted.

mod assign;
mod associate;
mod batch;
mod create;
mod delete;
mod expunge;
mod follow;
mod merge;
mod read;
mod relocate;
mod search;
mod share;
mod spam;
mod split;
mod status;
mod unassign;
mod update;

pub use crate::storage::search::{Found, Hit, Shown};
pub use assign::{Assign, assignment_changes, change_assignment, check_owner, check_sees, check_teams};
pub use associate::{Associate, Dissociate, association_changes, check_records, need_records};
pub use batch::Batch;
pub use create::Create;
pub use delete::{Delete, PURGE_TICKET, Undelete};
pub use expunge::{Expunge, Purge, purge};
pub use follow::{Follow, Followed, followers};
pub use merge::{Merge, Merged, Source};
pub use read::{get, list, many, order_of, plan_of, visible};
pub use relocate::Relocate;
pub use search::{page_size, search};
pub use share::{GiveShare, TakeShare, shares};
pub use spam::MarkSpam;
pub use split::{Split, SplitOff};
pub use status::{ChangeStatus, Move, status_changes};
pub use unassign::Unassign;
pub use update::{TicketChanges, Unchanged, Update};
