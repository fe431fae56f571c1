//! Workflows: definitions, what takes tickets in, what runs do.

mod actions;
mod bounds;
mod emails;
mod fairness;
pub mod hands;
mod loops;
mod order;
mod random;
mod receiver;
mod receivers;
mod retries;
mod runs;
mod steps;
mod webhooks;
mod workflows;
