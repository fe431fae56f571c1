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
mod say;
mod send;
mod start;
mod threads;
mod tie;
mod to_help_desk;
mod watch;

pub use automatic::AutomaticMail;
pub use comment::{Commented, DeleteComment, EditComment, WriteComment};
pub use control::{ReleaseControl, Speaking, TakeControl, pass_control, refused, to_change};
pub use draft::{DeleteDraft, SaveDraft};
pub use list::{comments, conversations, drafts, messages, threads};
pub use place::{Place, needs_of as needs_to_change};
pub(in crate::service) use place::{may_change, needs_of};
pub use reach::{Reader, Sight, sight};
pub use read::{comment, conversation, draft, message};
pub use route::Way;
pub(in crate::service) use say::say;
pub use send::{Send, Sent, SentDraft};
pub use start::{Start, Started};
pub use threads::{ChangeThread, SeenThread};
pub(in crate::service) use threads::{rest, wake_thread};
pub use tie::{Tie, Tied};
pub use to_help_desk::{MoveToHelpDesk, MovedToHelpDesk};
pub use watch::{ConversationNews, ConversationWatch, Item, Said, WatchConversation, watch};
