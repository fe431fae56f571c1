//! ConversationService: replies, comments, reading.

pub mod comments;
mod reading;
pub mod replies;
