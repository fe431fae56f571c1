//! Where the edge tells what happens to it, for whoever counts.

use std::time::Duration;

use tonic::Code;

/// Counts what happens at the edge. Every method does nothing unless it is written; none may block.
pub trait EdgeMeter: Send + Sync + 'static {
    /// A call has come.
    fn call_begun(&self) {}

    /// A call has ended, or its client went away (then `CANCELLED`). For `rpc.server.call.duration`.
    fn call_finished(&self, call: &FinishedCall<'_>) {
        let _ = call;
    }

    /// A connection was accepted.
    fn connection_opened(&self) {}

    /// A connection that was accepted is gone.
    fn connection_closed(&self) {}

    /// A connection was refused; `limit` is the name of the limit that it would have passed.
    fn connection_refused(&self, limit: &'static str) {
        let _ = limit;
    }

    /// A handler panicked.
    fn panicked(&self) {}
}

/// A call that has ended. The names come from a closed list: what is served, or `_other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedCall<'a> {
    /// The full name of the service.
    pub service: &'a str,
    /// The name of the method.
    pub method: &'a str,
    /// The status code that was sent.
    pub code: Code,
    /// The reason of a failure.
    pub reason: Option<&'a str>,
    /// From the arrival of the metadata to the last frame of the answer.
    pub elapsed: Duration,
}

/// Counts nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMeter;

impl EdgeMeter for NoMeter {}
