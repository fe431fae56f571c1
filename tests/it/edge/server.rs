//! An edge on a port of its own, around the probe and a health service.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helpdesk::grpc::server::{EdgeBuilder, EdgeLimits, EdgeMeter, FinishedCall};
use helpdesk::lifecycle::Shutdown;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::service::Routes;

use super::probe::{Probe, STREAMS};

/// What every wait of these tests is bounded by: far more than any of them needs.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Milliseconds.
pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub struct Server {
    pub address: SocketAddr,
    pub probe: Probe,
    pub shutdown: Shutdown,
    pub calls: Calls,
    pub serving: JoinHandle<()>,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(EdgeLimits::default()).await
    }

    pub async fn with(limits: EdgeLimits) -> Self {
        Self::built(|builder| builder.limits(limits)).await
    }

    pub async fn built(change: impl FnOnce(EdgeBuilder) -> EdgeBuilder) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let (probe, shutdown, calls) = (Probe::default(), Shutdown::new(), Calls::default());
        let health = tonic_health::server::health_reporter().1;
        let routes = Routes::new(probe.clone()).add_service(health);
        let builder = EdgeBuilder::new(routes, Arc::new(|| "made-by-the-edge".to_owned()))
            .streams(STREAMS)
            .meter(Arc::new(calls.clone()));
        let serving = tokio::spawn(change(builder).serve(vec![listener], shutdown.clone()));
        Self { address, probe, shutdown, calls, serving }
    }

    /// Waits until the server has ended by itself.
    pub async fn ended(mut self) {
        let ended = tokio::time::timeout(PATIENCE, &mut self.serving).await;
        ended.expect("the server ends").expect("and does not panic");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.end();
    }
}

/// Service and method, code, reason.
type Call = (String, Code, Option<String>);

/// What the meter was told.
#[derive(Clone, Default)]
pub struct Calls(pub Arc<Mutex<Vec<Call>>>);

impl EdgeMeter for Calls {
    fn call_finished(&self, call: &FinishedCall<'_>) {
        let name = format!("{}/{}", call.service, call.method);
        self.0.lock().expect("not poisoned").push((name, call.code, call.reason.map(str::to_owned)));
    }
}
