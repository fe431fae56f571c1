//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod queue;
mod rules;
