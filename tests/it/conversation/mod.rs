//! ConversationService: replies, comments, reading.

mod reading;
pub mod replies;
