//! How the stages of the edge are put around each other.
//!
//! A stage is an async function around the rest of the chain. Unlike a stack of `tower` services the chain is shared by
//! all calls and borrowed while a call runs: nothing is cloned and nothing is boxed per stage and call. At both ends it
//! is `tower`: the finished edge is a service, and the layers of others wrap the routes inside.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

/// One call on its way in.
pub type Request = http::Request<Body>;
/// Its answer on the way out.
pub type Response = http::Response<Body>;
/// What is inside of the edge: the routes, and the layers that others put around them.
pub type Inside = BoxCloneSyncService<Request, Response, Infallible>;

/// The rest of the chain.
pub trait Next: Send + Sync + 'static {
    /// Answers one call. Everything that goes wrong is an answer too.
    fn run(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// One stage.
pub trait Around: Send + Sync + 'static {
    /// How the order of the stages calls it.
    const NAME: &'static str;

    /// Answers one call, usually with the help of the rest of the chain.
    fn around<N: Next>(&self, request: Request, next: &N) -> impl Future<Output = Response> + Send;
}

/// A stage with the rest of the chain in it.
pub struct Stage<A, N> {
    around: A,
    next: N,
}

impl<A: Around, N: Next> Stage<A, N> {
    /// Puts `around` around `next`.
    pub fn new(around: A, next: N) -> Self {
        Self { around, next }
    }
}

impl<A: Around, N: Next> Next for Stage<A, N> {
    fn run(&self, request: Request) -> impl Future<Output = Response> + Send {
        #[cfg(test)]
        Trail::note(&request, A::NAME);
        self.around.around(request, &self.next)
    }
}

impl<A: Around, N: fmt::Debug> fmt::Debug for Stage<A, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {:?}", A::NAME, self.next)
    }
}

impl Next for Inside {
    async fn run(&self, request: Request) -> Response {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The finished chain as a service; clones share it.
#[derive(Clone)]
pub struct Edge(Arc<dyn Fn(Request) -> Answer + Send + Sync>);

impl Edge {
    /// Makes a service of a chain.
    pub fn new(chain: impl Next) -> Self {
        let chain = Arc::new(chain);
        Self(Arc::new(move |request| {
            let chain = Arc::clone(&chain);
            Box::pin(async move { chain.run(request).await })
        }))
    }

    /// Answers one call.
    pub fn answer(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        (self.0)(request)
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edge")
    }
}

impl Service<Request> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let answer = self.answer(request);
        Box::pin(async move { Ok(answer.await) })
    }
}

/// Test only: the names of the stages that a request has come by, in order.
#[cfg(test)]
#[derive(Clone, Default)]
pub struct Trail(pub Arc<std::sync::Mutex<Vec<&'static str>>>);

#[cfg(test)]
impl Trail {
    fn note(request: &Request, name: &'static str) {
        if let Some(trail) = request.extensions().get::<Self>() {
            trail.0.lock().expect("not poisoned").push(name);
        }
    }
}
