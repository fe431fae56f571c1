//! Bodies that do something when their last frame passes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

/// Sees the trailers of an answer before they are sent.
pub trait AtTrailers: Send + Unpin + 'static {
    /// Called at most once. It may change them; what a body ends with without trailers is turned into trailers first.
    fn at_trailers(&mut self, trailers: &mut HeaderMap);
}

impl<F: FnMut(&mut HeaderMap) + Send + Unpin + 'static> AtTrailers for F {
    fn at_trailers(&mut self, trailers: &mut HeaderMap) {
        self(trailers);
    }
}

/// A body with something to do at its trailers.
pub struct TrailerBody<T> {
    inner: Body,
    at: T,
}

/// Puts `at` at the trailers of `body`. A body that has none to come is left alone.
pub fn at_trailers<T: AtTrailers>(body: Body, at: T) -> Body {
    if http_body::Body::is_end_stream(&body) { body } else { Body::new(TrailerBody { inner: body, at }) }
}

impl<T: AtTrailers> http_body::Body for TrailerBody<T> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = match std::task::ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            // A reset tells the client nothing: a failed body ends like a failed call.
            Some(Err(status)) => Frame::trailers(trailers_of(&status)),
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(match frame.into_trailers() {
            Ok(mut trailers) => {
                self.at.at_trailers(&mut trailers);
                self.inner = Body::empty();
                Frame::trailers(trailers)
            }
            Err(data) => data,
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A status as trailers.
pub fn trailers_of(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if status.add_header(&mut trailers).is_err() {
        // Only a message that cannot be a header value comes here; the code alone always can be one.
        trailers.insert(Status::GRPC_STATUS, HeaderValue::from(i32::from(status.code())));
    }
    trailers
}
