//! What is said: replies, comments, and reading them within the caller's reach.

mod comment;
mod list;
mod reach;
mod read;
mod send;

pub use comment::{CommentPlace, Commented, DeleteComment, EditComment, WriteComment};
pub use list::{comments, conversations, messages, threads};
pub use reach::{Sight, sight};
pub use read::{comment, conversation, message};
pub use send::{Send, Sent};
