//! EventService.

mod complaints;
mod list_events;
mod slow_readers;
mod stream;
mod watch_events;
