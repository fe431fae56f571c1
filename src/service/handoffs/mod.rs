//! Hand-offs: from a customer agent to people and back, with exactly one in control.
//!
//! What may follow on what is decided by `domain/handoff`; here is what follows for everything around it: the ticket and its
//! owner, control, the one message to the contact, events, deadlines.

mod act;
mod check;
mod due;
mod follow;
mod give;
mod keep;
mod place;
mod policy;
mod read;
mod request;
mod tell;
mod watch;

pub use act::{Accept, Acted, Cancel, Complete, Decline, Transfer};
pub use check::{Check, Checked, let_go_of_place};
pub use due::{RUN_HANDOFFS, run_due};
pub use follow::follow;
pub use give::{Return, give_to_agent};
pub use policy::{Assignment, PolicyChanges, Problem, ShownPolicy, UpdatePolicy, policy};
pub use read::{get, list};
pub use request::{Request, need_request, request};
pub use watch::{HandoffNews, HandoffPlace, HandoffWatch, WatchHandoffs, watch};
