//! The signals that end the process: the first asks politely, the second does not.

use std::io;
use std::time::Duration;

use super::{DrainTimes, Shutdown};

/// Listens for SIGTERM and SIGINT (Ctrl-C). From its making on these no longer kill the process.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the operating system does not let the process handle its signals.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Turns the first signal into the wish to shut down and the second into its hard end. Returns after the second, or
    /// when the shutdown has ended without one. The process is gone after `times.exit`, even when its runtime hangs.
    pub async fn heed(mut self, shutdown: Shutdown, times: DrainTimes) {
        if self.next_or_end(&shutdown).await {
            tracing::info!("asked to stop");
            exit_after(times.exit);
            shutdown.begin();
            if self.next_or_end(&shutdown).await {
                tracing::warn!("asked again: stopping at once");
                shutdown.end();
            }
        }
    }

    async fn next_or_end(&mut self, shutdown: &Shutdown) -> bool {
        shutdown.hard().run_until_cancelled(self.next()).await.is_some()
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {},
            _ = self.interrupt.recv() => {},
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A plain thread, because a runtime whose workers all block cannot end itself.
fn exit_after(limit: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a thread of its own, outside of the runtime that may hang")]
    let backstop = move || {
        std::thread::sleep(limit);
        tracing::error!(limit_ms = limit.as_millis(), "not stopped in time: leaving");
        std::process::exit(1);
    };
    if let Err(error) = std::thread::Builder::new().name("exit-backstop".to_owned()).spawn(backstop) {
        tracing::warn!(%error, "no thread for the exit backstop");
    }
}
