//! The life of a stream: until its client has enough, its age is reached or the server drains (T-45, L-11, F-13).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;

use super::deadline::{over, patience};
use crate::grpc::call::CallDeadline;
use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::body::trailers_of;
use crate::grpc::server::limits::{EdgeLimits, jittered};
use crate::grpc::server::methods::{CallKind, Methods};
use crate::grpc::server::refuse::answer;
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::server::stream_task::end_answer_by;
use crate::grpc::status::Refusal;
use crate::lifecycle::Shutdown;

/// When a client may open its stream again.
const COME_BACK: Duration = Duration::from_millis(200);

/// Cancelled when a stream has to end, an extension of its request. The handler answers UNAVAILABLE `STREAM_DRAINING`
/// with a resume token then; one that does not is ended by the edge a moment later.
#[derive(Debug, Clone)]
pub struct StreamEnd(pub CancellationToken);

/// Asks streams to end, and ends those that do not.
pub struct StreamLife {
    methods: Arc<Methods>,
    limits: EdgeLimits,
    shutdown: Shutdown,
    opened: AtomicU64,
}

impl StreamLife {
    /// Bounds the streams among `methods`.
    pub fn new(methods: Arc<Methods>, limits: EdgeLimits, shutdown: Shutdown) -> Self {
        Self { methods, limits, shutdown, opened: AtomicU64::new(0) }
    }

    fn plan(&self, patience: Option<Duration>) -> Plan {
        let now = Instant::now();
        let age = self.limits.stream_age;
        Plan {
            ending: self.shutdown.closing().child_token(),
            old_at: now + jittered(age, self.opened.fetch_add(1, Ordering::Relaxed)),
            over_at: patience.and_then(|patience| now.checked_add(patience)),
            farewell: self.limits.stream_farewell,
        }
    }
}

impl Around for StreamLife {
    const NAME: &'static str = "stream life";

    async fn around<N: Next>(&self, mut request: Request, next: &N) -> Response {
        if self.methods.kind(request.uri().path()) != CallKind::Stream {
            return next.run(request).await;
        }
        let plan = self.plan(patience(request.headers()));
        // A client that takes nothing keeps the body from being asked: then the whole stream is dropped.
        end_answer_by(plan.old_at + plan.farewell + self.limits.take_answer);
        request.extensions_mut().insert(StreamEnd(plan.ending.clone()));
        if let Some(over_at) = plan.over_at {
            request.extensions_mut().insert(CallDeadline(over_at.into_std()));
        }
        let mut end = Box::pin(plan.end());
        let response = tokio::select! {
            response = next.run(request) => response,
            refusal = &mut end => return answer(refusal),
        };
        if http_body::Body::is_end_stream(response.body()) {
            return response;
        }
        response.map(|inner| Body::new(MortalBody { inner, end }))
    }
}

struct Plan {
    ending: CancellationToken,
    old_at: Instant,
    over_at: Option<Instant>,
    farewell: Duration,
}

impl Plan {
    /// Waits for the end of the stream and says how the edge ends it.
    async fn end(self) -> Refusal {
        let over_at = self.over_at;
        let drained = async {
            tokio::select! {
                () = self.ending.cancelled() => {},
                () = sleep_until(self.old_at) => self.ending.cancel(),
            }
            tokio::time::sleep(self.farewell).await;
        };
        tokio::select! {
            () = drained => Refusal::new(ErrorReason::StreamDraining, "the stream ends here; open it again")
                .retry_after(COME_BACK),
            () = until(over_at) => over(),
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

struct MortalBody<F> {
    inner: Body,
    end: Pin<Box<F>>,
}

impl<F: Future<Output = Refusal>> http_body::Body for MortalBody<F> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // The end first: a stream that always has something to say must hear of it too.
        match self.end.as_mut().poll(context) {
            Poll::Ready(refusal) => {
                self.inner = Body::empty();
                Poll::Ready(Some(Ok(Frame::trailers(trailers_of(&refusal.into())))))
            }
            Poll::Pending => Pin::new(&mut self.inner).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
