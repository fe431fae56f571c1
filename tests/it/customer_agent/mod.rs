//! `CustomerAgentService`, and the callers that stand for customer agents.

mod agents;
mod hands;
mod runtimes;
