//! `CustomerAgentService`, and the callers that stand for customer agents.

mod acknowledge_turn;
mod agents;
mod assign_conversation;
mod fail_turn;
pub mod hands;
mod mails;
mod report_signals;
mod runtimes;
pub mod scene;
mod turns;
mod watch_turns;
