//! What people are told: mentions, tickets given to them, messages on tickets they follow.

mod mark;
mod read;
mod settings;
mod tell;
mod watch;

pub use mark::{MarkRead, Marked};
pub use read::{Listed, get, list, settings};
pub use settings::UpdateSettings;
pub use tell::{Notice, may_see, tell, tell_followers, tell_owner};
pub use watch::{Told, Watch, WatchNotifications, WatchPlace, open};
