//! Puts the edge together: the stages in their order around the routes, and the server in front of them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tonic::service::Routes;
use tower::{Layer, Service};

use super::accept::Door;
use super::connection::Host;
use super::layers::arrival::Arrival;
use super::layers::contract::StatusContract;
use super::layers::deadline::DeadlineLimit;
use super::layers::load::LoadLimit;
use super::layers::metadata::MetadataLimit;
use super::layers::observe::Observe;
use super::layers::panic_guard::PanicGuard;
use super::layers::path::PathCheck;
use super::layers::request_id::{NewRequestId, RequestIds};
use super::layers::stream_life::StreamLife;
use super::limits::EdgeLimits;
use super::meter::{EdgeMeter, NoMeter};
use super::methods::Methods;
use super::stage::{Edge, Inside, Request, Response, Stage};
use crate::lifecycle::{Shutdown, Tasks};

/// After the hard end, how long a call that does not yield is waited for.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Nests stages, the first outermost.
macro_rules! stages {
    ($inside:expr) => { $inside };
    ($first:expr, $($rest:expr),+) => { Stage::new($first, stages!($($rest),+)) };
}

/// An edge in the making.
pub struct EdgeBuilder {
    inside: Inside,
    new_request_id: NewRequestId,
    limits: EdgeLimits,
    methods: Methods,
    meter: Arc<dyn EdgeMeter>,
    tls: Option<ServerConfig>,
}

impl EdgeBuilder {
    /// An edge around `routes` with the default limits. `new_request_id` names calls that come without an id: up to 64
    /// letters, digits, `-`, `_`, `.` and `:`.
    pub fn new(routes: Routes, new_request_id: NewRequestId) -> Self {
        Self {
            inside: Inside::new(routes.prepare()),
            new_request_id,
            limits: EdgeLimits::default(),
            methods: Methods::default(),
            meter: Arc::new(NoMeter),
            tls: None,
        }
    }

    /// Other limits.
    #[must_use]
    pub fn limits(mut self, limits: EdgeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Who counts calls and connections.
    #[must_use]
    pub fn meter(mut self, meter: Arc<dyn EdgeMeter>) -> Self {
        self.meter = meter;
        self
    }

    /// Serves TLS instead of plain text.
    #[must_use]
    pub fn tls(mut self, config: Option<ServerConfig>) -> Self {
        self.tls = config;
        self
    }

    /// Names methods that are streams, by path. Those of the contract, of health and of reflection are known. A stream that is not named is
    /// given the time of a unary call until its first answer, and its request must be complete.
    #[must_use]
    pub fn streams<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.methods.add_streams(paths);
        self
    }

    /// Names methods that may take as long as bulk methods, by path.
    #[must_use]
    pub fn bulk<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.methods.add_bulk(paths);
        self
    }

    /// Puts a layer between the edge's own stages and the routes; the last one added sees a call first. Its calls have a
    /// [`crate::grpc::call::CallDeadline`], a [`super::RequestId`], a [`super::Peer`] and, for a stream, a [`super::StreamEnd`] among
    /// their extensions, are complete unless they are streams, and have their turn. What the layer refuses it answers
    /// with `Status::into_http`.
    #[must_use]
    pub fn auth<L>(mut self, layer: L) -> Self
    where
        L: Layer<Inside>,
        L::Service: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.inside = Inside::new(layer.layer(self.inside));
        self
    }

    /// The stages around the routes, without a server: for the server, and for tests. This is the one place that says
    /// their order. Outermost are those that must see the answer as it is sent; the status contract is outside of all
    /// that say no; the deadline is outside of the arrival, which it bounds, and that outside of the load limit, so that
    /// only whole requests take a turn.
    pub fn build(self, shutdown: &Shutdown) -> Edge {
        let Self { inside, new_request_id, limits, methods, meter, tls: _ } = self;
        let methods = Arc::new(methods);
        Edge::new(stages!(
            RequestIds(new_request_id),
            Observe(Arc::clone(&meter)),
            StatusContract,
            PanicGuard(meter),
            MetadataLimit { limit: limits.metadata },
            PathCheck,
            DeadlineLimit { methods: Arc::clone(&methods), limits: limits.clone() },
            StreamLife::new(Arc::clone(&methods), limits.clone(), shutdown.clone()),
            Arrival::new(methods, &limits),
            LoadLimit::new(&limits),
            inside
        ))
    }

    /// Serves on all `listeners` until the shutdown, and returns when every connection is gone: at the latest a second
    /// after its hard end. Whoever starts this also runs [`Shutdown::run`], which leads through the stages.
    pub async fn serve(mut self, listeners: Vec<TcpListener>, shutdown: Shutdown) {
        let (limits, meter) = (self.limits.clone(), Arc::clone(&self.meter));
        let tls = self.tls.take().map(|config| TlsAcceptor::from(Arc::new(config)));
        let edge = self.build(&shutdown);
        let tasks = Tasks::new(&shutdown);
        let door =
            Door::new(Arc::new(Host { edge, limits, tls, shutdown: shutdown.clone(), tasks: tasks.clone(), meter }));
        join_all(listeners.into_iter().map(|listener| door.accept_from(listener))).await;
        let waited_enough = async {
            shutdown.hard().cancelled().await;
            tokio::time::sleep(LAST_WAIT).await;
        };
        tokio::select! {
            () = tasks.finish() => tracing::info!("every connection is gone"),
            () = waited_enough => tracing::warn!(left = tasks.running(), "calls that do not yield were left behind"),
        }
    }
}

/// Serves `routes` on `listeners` with nothing between the edge and them: see [`EdgeBuilder`] for everything else.
pub async fn serve(
    listeners: Vec<TcpListener>,
    routes: Routes,
    new_request_id: NewRequestId,
    limits: EdgeLimits,
    tls: Option<ServerConfig>,
    shutdown: Shutdown,
) {
    EdgeBuilder::new(routes, new_request_id).limits(limits).tls(tls).serve(listeners, shutdown).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::server::stage::Trail;
    use tonic::body::Body;

    #[tokio::test]
    async fn a_call_passes_the_stages_in_their_order() {
        let ids: NewRequestId = Arc::new(|| "made-here".to_owned());
        let edge = EdgeBuilder::new(Routes::default(), ids).build(&Shutdown::new());
        let trail = Trail::default();
        let request = http::Request::post("/a.A/Get")
            .header("content-type", "application/grpc")
            .extension(trail.clone())
            .body(Body::empty())
            .expect("a request");
        let response = edge.answer(request).await;
        assert_eq!(response.headers()["grpc-status"], "12");
        assert_eq!(response.headers()["x-request-id"], "made-here");
        let expected = [
            "request id",
            "observe",
            "status contract",
            "panic guard",
            "metadata limit",
            "path check",
            "deadline",
            "stream life",
            "arrival",
            "load limit",
        ];
        assert_eq!(*trail.0.lock().expect("not poisoned"), expected);
    }
}
