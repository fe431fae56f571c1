//! ConversationService: replies, comments, reading.

pub mod replies;
