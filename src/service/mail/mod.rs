//! The way out by mail: what waits becomes letters, and what became of them is recorded.

mod system;

pub use system::{SYSTEM_MAIL, SystemMail, WaitingSystemMail};
