//! How the process starts to end: the stages of a shutdown, the signals that begin one, and the tasks that it waits for.
//!
//! This is the only home of a bare `tokio::spawn`: a task that is started here has a name, is waited for at the end, and
//! says so in the log when it panics. It knows nothing of gRPC or of storage.

mod shutdown;
mod signals;
mod tasks;

pub use shutdown::{DrainTimes, Shutdown};
pub use signals::Signals;
pub use tasks::{Task, TaskEnd, TaskKind, Tasks};
