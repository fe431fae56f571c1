//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod model;
mod queue;
mod returns;
mod rules;
mod simulate;
