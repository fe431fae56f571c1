//! ConversationService: replies, comments, reading.

mod answers;
mod close_thread;
pub mod comments;
mod control;
pub mod drafts;
mod reading;
pub mod replies;
mod start_conversation;
pub mod talk;
mod tie_visitor;
mod watch;
