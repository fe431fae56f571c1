//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod model;
mod queue;
mod rules;
mod simulate;
