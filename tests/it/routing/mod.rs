//! Routing beyond the targets of a channel: capacity, skills, queues.

mod capacity;
mod desk_model;
mod queue;
mod replay_skills;
mod rules;
mod watch_queue;
