//! A service whose methods misbehave on purpose.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use helpdesk::grpc::call::CallDeadline;
use helpdesk::grpc::server::{Peer, StreamEnd};
use tokio::sync::{Semaphore, watch};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;
use tonic_types::{ErrorDetails, StatusExt};
use tower::service_fn;

/// The request limit of every method of the probe.
pub const REQUEST_LIMIT: usize = 64 * 1_024;
/// Must never be seen by a client.
pub const CANARY: &str = "SELECT canary FROM secrets";
/// What it streams, as paths.
pub const STREAMS: [&str; 4] =
    ["/probe.Probe/Rude", "/probe.Probe/Polite", "/probe.Probe/StreamPanic", "/probe.Probe/StreamBare"];

type Answers = Result<Response<String>, Status>;
type Messages = BoxStream<'static, Result<String, Status>>;

#[derive(Clone)]
pub struct Probe {
    /// How many calls have reached a handler.
    pub reached: Arc<AtomicUsize>,
    /// How many `Hold` calls are being held.
    pub held: watch::Sender<usize>,
    /// A permit lets one held call go.
    pub release: Arc<Semaphore>,
}

impl Default for Probe {
    fn default() -> Self {
        Self { reached: Arc::default(), held: watch::Sender::new(0), release: Arc::new(Semaphore::new(0)) }
    }
}

impl Probe {
    /// Waits until exactly `count` calls are held.
    pub async fn until_held(&self, count: usize) {
        let mut held = self.held.subscribe();
        held.wait_for(|held| *held == count).await.expect("the probe lives");
    }

    async fn hold(self) -> Answers {
        let _held = Held::begin(self.held.clone());
        self.release.acquire().await.expect("never closed").forget();
        Ok(Response::new("let go".to_owned()))
    }

    async fn unary(self, method: String, request: Request<String>) -> Answers {
        self.reached.fetch_add(1, Ordering::SeqCst);
        match method.as_str() {
            "Echo" => Ok(Response::new(request.into_inner())),
            "Hold" => self.hold().await,
            "Panic" => panic!("{CANARY}"),
            "Bare" => Err(Status::failed_precondition(CANARY)),
            "Unknown" => Err(Status::unknown(CANARY)),
            "Refuse" => Err(refusal()),
            "Big" => Ok(Response::new("b".repeat(1_000_000))),
            "Time" => Ok(Response::new(time_left(&request).as_millis().to_string())),
            "Peer" => Ok(Response::new(peer(&request))),
            _ => Err(Status::unimplemented("")),
        }
    }
}

/// A refusal as our own code makes them.
fn refusal() -> Status {
    let metadata = HashMap::from([("resource".to_owned(), "tickets/7".to_owned())]);
    let details = ErrorDetails::with_error_info("OUT_OF_SCOPE", "helpdesk", metadata);
    Status::with_error_details(Code::PermissionDenied, "not yours", details)
}

fn time_left<T>(request: &Request<T>) -> Duration {
    let deadline = request.extensions().get::<CallDeadline>().expect("unary calls have a deadline");
    deadline.0 - std::time::Instant::now()
}

fn peer<T>(request: &Request<T>) -> String {
    let peer = request.extensions().get::<Peer>().expect("calls have a peer");
    format!("{} {}", peer.address().ip(), peer.certificates().len())
}

fn streaming(method: &str, request: &Request<String>) -> Messages {
    let first = stream::iter([Ok("first".to_owned())]);
    let end = request.extensions().get::<StreamEnd>().expect("streams are told when to end").clone();
    match method {
        "Rude" => first.chain(stream::pending()).boxed(),
        "Polite" => first
            .chain(stream::once(async move {
                end.0.cancelled().await;
                let details = ErrorDetails::with_error_info("STREAM_DRAINING", "helpdesk", HashMap::new());
                Err(Status::with_error_details(Code::Unavailable, "resume with a token", details))
            }))
            .boxed(),
        "StreamPanic" => first.chain(stream::once(async { panic!("{CANARY}") })).boxed(),
        _ => first.chain(stream::iter([Err(Status::internal(CANARY))])).boxed(),
    }
}

struct Held(watch::Sender<usize>);

impl Held {
    fn begin(held: watch::Sender<usize>) -> Self {
        held.send_modify(|held| *held += 1);
        Self(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}

impl NamedService for Probe {
    const NAME: &'static str = "probe.Probe";
}

impl tower::Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let probe = self.clone();
        let path = request.uri().path().to_owned();
        let method = path.rsplit('/').next().unwrap_or_default().to_owned();
        Box::pin(async move {
            let codec = ProstCodec::<String, String>::default();
            let mut grpc = Grpc::new(codec).max_decoding_message_size(REQUEST_LIMIT);
            Ok(if STREAMS.contains(&path.as_str()) {
                let stream = service_fn(move |request: Request<String>| {
                    let messages = streaming(&method, &request);
                    async move { Ok::<_, Status>(Response::new(messages)) }
                });
                grpc.server_streaming(stream, request).await
            } else {
                let unary = service_fn(move |request| probe.clone().unary(method.clone(), request));
                grpc.unary(unary, request).await
            })
        })
    }
}
