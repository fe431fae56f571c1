//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod check;
mod complaints;
mod explain;
mod foretold;
mod held;
mod model;
mod queue;
mod replay;
mod returns;
mod rules;
mod simulate;
