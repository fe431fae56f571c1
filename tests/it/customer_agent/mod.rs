//! `CustomerAgentService`, and the callers that stand for customer agents.

mod agents;
pub mod hands;
mod runtimes;
