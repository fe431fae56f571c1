//! EventService.

mod complaints;
mod list_events;
mod stream;
mod watch_events;
