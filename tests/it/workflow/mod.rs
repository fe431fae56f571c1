//! Workflows: definitions, what takes tickets in, what runs do.

mod actions;
pub mod hands;
mod loops;
mod runs;
mod steps;
mod workflows;
