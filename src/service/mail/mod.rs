//! The way out by mail: what waits becomes letters, and what became of them is recorded.

mod adopt;
mod record;
mod reply;
mod system;

pub use adopt::{ADOPT_MAILS, Adoption};
pub use record::{RecordTry, Tried};
pub use reply::{Due, REPLY_MAIL, ReplyLetter, WaitingReply, due};
pub use system::{SYSTEM_MAIL, SystemMail, WaitingSystemMail, count_mail, follows_from_us, is_ours};
