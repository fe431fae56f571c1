//! A handler that panics fails its own call and nothing else (T-48).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::contract::{Facts, fault};
use super::request_id::RequestId;
use crate::grpc::server::body::trailers_of;
use crate::grpc::server::meter::EdgeMeter;
use crate::grpc::server::refuse::answer;
use crate::grpc::server::stage::{Around, Next, Request, Response};

/// Answers a panic, also one in the middle of a stream, with `INTERNAL_FAULT`. The panic hook writes down the rest.
pub struct PanicGuard(pub Arc<dyn EdgeMeter>);

impl Around for PanicGuard {
    const NAME: &'static str = "panic guard";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        let facts = Facts { request_id: RequestId::of(&request), path: request.uri().path_and_query().cloned() };
        // What the call leaves behind half-done is dropped with it; shared state is behind locks that recover.
        let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await else {
            self.0.panicked();
            return answer(fault(&facts, "a handler panicked"));
        };
        if http_body::Body::is_end_stream(response.body()) {
            return response;
        }
        let meter = Arc::clone(&self.0);
        response.map(|inner| Body::new(GuardedBody { inner, facts, meter }))
    }
}

struct GuardedBody {
    inner: Body,
    facts: Facts,
    meter: Arc<dyn EdgeMeter>,
}

impl http_body::Body for GuardedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let inner = &mut self.inner;
        catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(context))).unwrap_or_else(|_| {
            self.meter.panicked();
            self.inner = Body::empty();
            Poll::Ready(Some(Ok(Frame::trailers(trailers_of(&fault(&self.facts, "a stream panicked").into())))))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
