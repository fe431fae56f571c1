//! Waits for the whole request of a unary call before anything else is spent on it (T-42, T-44).
//!
//! A client that sends its request drop by drop would otherwise hold a turn of the load limit, and a few hundred of them
//! the whole server. Small requests are bounded by the streams of their connections; large ones share a number of slots,
//! so that unfinished ones keep only other large ones waiting, and never for longer than their deadline.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;

use crate::grpc::server::drain::refuse_drained;
use crate::grpc::server::limits::{EdgeLimits, RequestLimits};
use crate::grpc::server::methods::{CallKind, Methods, request_size};
use crate::grpc::server::refuse::too_large;
use crate::grpc::server::stage::{Around, Next, Request, Response};

/// The flag and the length that stand before every gRPC message.
const MESSAGE_HEAD: usize = 5;

/// Collects the request of every unary call, up to the limit of its method (L-01).
pub struct Arrival {
    methods: Arc<Methods>,
    small: usize,
    limits: RequestLimits,
    large_slots: Arc<Semaphore>,
}

impl Arrival {
    /// Requests are small, large or too large by `limits`.
    pub fn new(methods: Arc<Methods>, limits: &EdgeLimits) -> Self {
        Self {
            methods,
            small: limits.small_request,
            limits: limits.requests,
            large_slots: Arc::new(Semaphore::new(limits.large_requests)),
        }
    }

    /// The whole body, or the rest of one that is larger than `limit`.
    async fn collect(&self, mut body: Body, limit: usize) -> Result<Arrived, Body> {
        let limit = limit.saturating_add(MESSAGE_HEAD);
        let mut arrived = Arrived::default();
        while let Some(frame) = body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => arrived.push(data),
                Ok(Err(frame)) => arrived.trailers = frame.into_trailers().ok(),
                Err(status) => {
                    arrived.failed = Some(status);
                    break;
                }
            }
            if arrived.bytes > limit {
                return Err(body);
            }
            if arrived.bytes > self.small && arrived.slot.is_none() {
                // Not reading on is what makes the client wait. The semaphore is never closed.
                arrived.slot = Arc::clone(&self.large_slots).acquire_owned().await.ok();
            }
        }
        Ok(arrived)
    }
}

impl Around for Arrival {
    const NAME: &'static str = "arrival";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        if self.methods.kind(request.uri().path()) == CallKind::Stream {
            return next.run(request).await;
        }
        let (parts, body) = request.into_parts();
        let limit = self.limits.of(request_size(parts.uri.path()));
        match self.collect(body, limit).await {
            Ok(arrived) => next.run(Request::from_parts(parts, Body::new(arrived))).await,
            Err(body) => refuse_drained(Request::from_parts(parts, body), too_large(limit)).await,
        }
    }
}

/// A request body that is all here.
#[derive(Debug, Default)]
struct Arrived {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    trailers: Option<HeaderMap>,
    failed: Option<Status>,
    slot: Option<OwnedSemaphorePermit>,
}

impl Arrived {
    fn push(&mut self, data: Bytes) {
        self.bytes += data.len();
        self.chunks.push_back(data);
    }
}

impl http_body::Body for Arrived {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(data) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(status) = self.failed.take() {
            return Poll::Ready(Some(Err(status)));
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty() && self.failed.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.chunks.iter().map(|chunk| chunk.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(limits: &EdgeLimits) -> Arrival {
        Arrival::new(Arc::new(Methods::default()), limits)
    }

    fn body(size: usize) -> Body {
        Body::new(http_body_util::Full::new(Bytes::from(vec![7; size])))
    }

    #[tokio::test]
    async fn what_arrives_is_what_was_sent() {
        let arrived = arrival(&EdgeLimits::default()).collect(body(100_000), 100_000).await.expect("arrives");
        assert_eq!(Body::new(arrived).collect().await.expect("readable").to_bytes(), vec![7; 100_000]);
    }

    #[tokio::test]
    async fn the_largest_request_arrives_and_one_byte_more_does_not() {
        let arrival = arrival(&EdgeLimits::default());
        assert!(arrival.collect(body(1_005), 1_000).await.is_ok());
        assert!(arrival.collect(body(1_006), 1_000).await.is_err());
    }

    #[tokio::test]
    async fn large_requests_wait_for_a_slot_and_small_ones_do_not() {
        let limits = EdgeLimits { small_request: 10, large_requests: 1, ..EdgeLimits::default() };
        let arrival = arrival(&limits);
        let first = arrival.collect(body(11), 1_000).await.expect("arrives");
        let mut second = Box::pin(arrival.collect(body(11), 1_000));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        assert!(arrival.collect(body(10), 1_000).await.is_ok());
        drop(first);
        assert!(second.await.is_ok());
    }
}
