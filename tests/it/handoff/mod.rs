//! HandoffService: from the customer agent to people and back.

mod by_workflow;
mod deadlines;
mod following;
mod giving;
pub mod hands;
mod messages;
mod people;
mod policies;
mod promises;
mod reading;
mod requests;
mod watching;
