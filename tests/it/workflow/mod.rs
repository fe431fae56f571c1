//! Workflows: definitions, what takes tickets in, what runs do.

mod actions;
mod emails;
pub mod hands;
mod loops;
mod runs;
mod steps;
mod workflows;
