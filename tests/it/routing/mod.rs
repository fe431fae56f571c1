//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod check;
mod complaints;
mod desk_model;
mod explain;
mod foretold;
mod held;
mod line;
mod model;
mod queue;
mod replay;
mod replay_skills;
mod reroute;
mod returns;
mod rules;
mod simulate;
mod watch_queue;
