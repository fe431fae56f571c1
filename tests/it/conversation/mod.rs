//! ConversationService: replies, comments, reading.

mod answers;
mod close_thread;
pub mod comments;
pub mod drafts;
mod reading;
mod release_control;
pub mod replies;
mod start_conversation;
pub mod take_control;
pub mod talk;
mod tie_visitor;
mod watch;
