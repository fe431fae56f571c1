//! HandoffService: from the customer agent to people and back.

mod article;
mod by_workflow;
mod complaints;
mod deadlines;
mod evaluate_handoff;
mod following;
mod giving;
pub mod hands;
mod matching;
mod messages;
mod people;
mod policies;
mod promises;
mod reading;
mod requests;
mod update_handoff_triggers;
mod watching;
