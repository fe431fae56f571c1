//! Workflows: definitions, what takes tickets in, what runs do.

mod actions;
mod bounds;
mod emails;
pub mod hands;
mod loops;
mod random;
mod runs;
mod steps;
mod webhooks;
mod workflows;
