//! Workflows: made, switched on and off, tried out; tickets that come in, and runs that go on by themselves.
//!
//! A run is a row with the moment at which it goes on. Whatever an operation did, [`enrol()`] looks at its events and writes
//! runs in the same transaction; one job per account takes those that are due, in their order, and each turn of a run is a
//! change in the lane like any other: what it does to the database, it does exactly once.

mod act;
mod advance;
mod contact;
mod enrol;
mod judge;
mod mails;
mod read;
mod runs;
mod trial;
mod webhook;
mod write;

pub use advance::{Backoff, RUN_WORKFLOWS, run_due};
pub use enrol::{Cause, enrol, enroll_ticket, need_enrollment};
pub use read::{get, list, run, runs};
pub use runs::{Cancel, Enroll, leave_workflows, need_runs_of};
pub use trial::{Trial, try_out};
pub use webhook::{
    CALL_WEBHOOK, NoteCall, RotateSecret, WaitingCall, Webhooks, check_urls, letter as call_letter, note_call,
};
pub use write::{Create, Delete, PartialDefinition, Switch, Update};
pub(super) use write::{check, erase, keep, need_named, save};
