//! Gives every call an id that stands in its answer, in its log lines and in its errors.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::grpc::server::body::at_trailers;
use crate::grpc::server::stage::{Around, Next, Request, Response};

/// The metadata key, in and out (contract 2.15).
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longer ids of callers are replaced: they go into every log line.
const LONGEST: usize = 64;

/// Makes ids for calls that come without one.
pub type NewRequestId = Arc<dyn Fn() -> String + Send + Sync>;

/// The id of a call, an extension of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id that `request` was given; an empty one outside of the edge.
    pub fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self(HeaderValue::from_static("")))
    }
}

/// Takes the caller's id when it is a sane token, else makes one; sends it back in the headers and the trailers.
pub struct RequestIds(pub NewRequestId);

impl Around for RequestIds {
    const NAME: &'static str = "request id";

    async fn around<N: Next>(&self, mut request: Request, next: &N) -> Response {
        let id = callers_id(request.headers()).unwrap_or_else(|| self.new_id());
        request.extensions_mut().insert(RequestId(id.clone()));
        let (mut parts, body) = next.run(request).await.into_parts();
        parts.headers.insert(X_REQUEST_ID, id.clone());
        let body = at_trailers(body, move |trailers: &mut HeaderMap| {
            trailers.insert(X_REQUEST_ID, id.clone());
        });
        Response::from_parts(parts, body)
    }
}

impl RequestIds {
    fn new_id(&self) -> HeaderValue {
        HeaderValue::try_from((self.0)()).unwrap_or_else(|_| HeaderValue::from_static("unnamed"))
    }
}

fn callers_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(X_REQUEST_ID).iter();
    let id = values.next()?;
    (values.next().is_none() && is_sane(id.as_bytes())).then(|| id.clone())
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_plain_tokens_are_taken_over() {
        assert!(is_sane(b"0198-a_b.c:D"));
        assert!(is_sane(&[b'a'; 64]));
        for odd in [b"".as_slice(), &[b'a'; 65], b"a b", b"a\"b", b"a\\n", b"{}", &[0xC3, 0xA4]] {
            assert!(!is_sane(odd), "{odd:?}");
        }
    }

    #[test]
    fn two_ids_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(X_REQUEST_ID, HeaderValue::from_static("a"));
        assert_eq!(callers_id(&headers), Some(HeaderValue::from_static("a")));
        headers.append(X_REQUEST_ID, HeaderValue::from_static("b"));
        assert_eq!(callers_id(&headers), None);
    }
}
