//! EventService.

mod complaints;
mod list_events;
mod slow_readers;
pub mod stream;
mod watch_events;
