//! What is said: replies, drafts, comments, threads, and reading them within the caller's reach.

mod automatic;
mod comment;
mod control;
mod draft;
mod list;
mod place;
mod reach;
mod read;
mod route;
mod send;
mod start;
mod threads;
mod tie;
mod to_help_desk;
mod watch;

pub use automatic::AutomaticMail;
pub use comment::{Commented, DeleteComment, EditComment, WriteComment};
pub use control::{ReleaseControl, Speaking, TakeControl, pass_control};
pub use draft::{DeleteDraft, SaveDraft};
pub use list::{comments, conversations, drafts, messages, threads};
pub use place::Place;
pub use reach::{Reader, Sight, sight};
pub use read::{comment, conversation, draft, message};
pub use route::Way;
pub use send::{Send, Sent, SentDraft};
pub use start::{Start, Started};
pub use threads::{ChangeThread, SeenThread};
pub use tie::{Tie, Tied};
pub use to_help_desk::{MoveToHelpDesk, MovedToHelpDesk};
pub use watch::{ConversationNews, ConversationWatch, Item, Said, WatchConversation, watch};
