//! The accept loop: takes connections while there is place, and never spins (reliability 0.8, F-18).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::admission::Admission;
use super::connection::{Accepted, Host, host_connection};
use super::meter::EdgeMeter;
use crate::lifecycle::TaskKind;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Half of the second within which the server must accept again after descriptors are free.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Accepts connections for one host.
pub struct Door {
    host: Arc<Host>,
    admission: Arc<Admission>,
    numbers: AtomicU64,
}

impl Door {
    /// The door of `host`.
    pub fn new(host: Arc<Host>) -> Self {
        let admission = Admission::new(&host.limits);
        Self { host, admission, numbers: AtomicU64::new(0) }
    }

    /// Accepts from `listener` until the server closes.
    pub async fn accept_from(&self, listener: TcpListener) {
        let mut pause = FIRST_PAUSE;
        while let Some(accepted) = self.host.shutdown.closing().run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, address)) => {
                    pause = FIRST_PAUSE;
                    self.welcome(stream, address);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "cannot accept connections");
                    self.host.shutdown.closing().run_until_cancelled(tokio::time::sleep(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream, address: std::net::SocketAddr) {
        let place = match self.admission.admit(address.ip()) {
            Ok(place) => place,
            Err(limit) => {
                // Closed at once: the client can try another replica, which it could not while waiting here.
                tracing::debug!(limit, %address, "connection refused");
                self.host.meter.connection_refused(limit);
                return;
            }
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let counted = Counted::new(Arc::clone(&self.host.meter));
        let host = Arc::clone(&self.host);
        let connection = async move {
            let _counted = counted;
            host_connection(host, Accepted { stream, address, number, place }).await;
        };
        drop(self.host.tasks.spawn("connection", TaskKind::Work, connection));
    }
}

/// Errors that say something of a client that is gone already, and nothing of the server.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset | Interrupted)
}

/// Tells the meter of one connection, its end too, however it ends.
struct Counted(Arc<dyn EdgeMeter>);

impl Counted {
    fn new(meter: Arc<dyn EdgeMeter>) -> Self {
        meter.connection_opened();
        Self(meter)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connection_closed();
    }
}
