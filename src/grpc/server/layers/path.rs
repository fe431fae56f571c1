//! Requests that are no gRPC call: another method, another content type, another kind of path.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::drain::refuse_drained;
use crate::grpc::server::methods::service_and_method;
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::status::Refusal;

/// Lets through `POST /package.Service/Method` with a protobuf body and nothing else. An access rule is found by the
/// path, so there must be one way to write it.
pub struct PathCheck;

impl Around for PathCheck {
    const NAME: &'static str = "path check";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        let Some((http_status, feature)) = judge(request.method(), request.uri(), request.headers()) else {
            return next.run(request).await;
        };
        let refusal = Refusal::new(ErrorReason::NotSupported, "this is not a gRPC call that is served here");
        let mut response = refuse_drained(request, refusal.with("feature", feature)).await;
        *response.status_mut() = http_status;
        response
    }
}

/// The HTTP status to refuse with (gRPC over HTTP/2, "requests") and what it is that is not supported.
fn judge(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    if method != Method::POST {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "http-method"));
    }
    if !headers.get(CONTENT_TYPE).is_some_and(|content_type| is_grpc(content_type.as_bytes())) {
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type"));
    }
    let plain = uri.query().is_none() && service_and_method(uri.path()).is_some();
    (!plain).then_some((StatusCode::OK, "path"))
}

fn is_grpc(content_type: &[u8]) -> bool {
    let Some(rest) = content_type.strip_prefix(b"application/grpc") else { return false };
    let rest = rest.strip_prefix(b"+proto").unwrap_or(rest);
    rest.is_empty() || rest.starts_with(b";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn refused(method: &Method, uri: &'static str, content_type: &'static str) -> Option<&'static str> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        judge(method, &Uri::from_static(uri), &headers).map(|(_, feature)| feature)
    }

    #[test]
    fn only_plain_calls_come_through() {
        for content_type in ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"] {
            assert_eq!(refused(&Method::POST, "/a.A/Get", content_type), None, "{content_type}");
        }
        for content_type in ["", "application/json", "application/grpc-web", "application/grpc+json"] {
            assert_eq!(refused(&Method::POST, "/a.A/Get", content_type), Some("content-type"), "{content_type}");
        }
        for uri in ["/", "/a.A", "/a.A/Get?x=1", "/a.A/Get?", "/a.A/Get/", "//a.A/Get", "/a.A/%47et", "*"] {
            assert_eq!(refused(&Method::POST, uri, "application/grpc"), Some("path"), "{uri}");
        }
        for method in [Method::GET, Method::CONNECT, Method::OPTIONS, Method::PUT] {
            assert_eq!(refused(&method, "/a.A/Get", "application/grpc"), Some("http-method"), "{method}");
        }
    }
}
