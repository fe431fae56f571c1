//! The status contract: every answer that is not OK has one `ErrorInfo` and one `RequestInfo` (contract 2.9).
//!
//! Statuses that our own code made already have their `ErrorInfo` and keep everything. What a library made (a message
//! too large, a body that is none, an unknown path) is replaced by what the contract says: see [`super::foreign`].

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue};
use prost::Message;
use tonic::{Code, Status};
use tonic_types::pb;

use super::foreign;
use super::request_id::RequestId;
use crate::grpc::server::body::{at_trailers, trailers_of};
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::status::Refusal;

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const REQUEST_INFO: &str = "type.googleapis.com/google.rpc.RequestInfo";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
/// Tells gRPC clients how long to wait before they try again, in milliseconds (gRPC proposal A6, push-back).
const PUSH_BACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");

/// Makes every answer follow the contract, whoever wrote it. What a `RetryInfo` says is told gRPC's own retries too.
pub struct StatusContract;

/// What the contract needs to know of the call.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The id to quote in a report.
    pub request_id: RequestId,
    /// What was called.
    pub path: Option<PathAndQuery>,
}

impl Facts {
    /// What was called, for error metadata.
    pub fn path(&self) -> &str {
        self.path.as_ref().map_or("", PathAndQuery::path)
    }
}

impl Around for StatusContract {
    const NAME: &'static str = "status contract";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        let facts = Facts { request_id: RequestId::of(&request), path: request.uri().path_and_query().cloned() };
        let (mut parts, body) = next.run(request).await.into_parts();
        if parts.headers.contains_key(Status::GRPC_STATUS) {
            settle(&mut parts.headers, &facts);
            return Response::from_parts(parts, body);
        }
        if http_body::Body::is_end_stream(&body) {
            // Neither a status nor a body that could bring one: no gRPC answer at all.
            parts.headers = trailers_of(&fault(&facts, "an answer without a status").into());
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            settle(&mut parts.headers, &facts);
            return Response::from_parts(parts, body);
        }
        Response::from_parts(parts, at_trailers(body, move |trailers: &mut HeaderMap| settle(trailers, &facts)))
    }
}

/// Logs a fault and makes the answer that tells nothing of it but where to look.
pub fn fault(facts: &Facts, what: &str) -> Refusal {
    let incident = facts.request_id.as_str();
    tracing::error!(incident, path = facts.path(), what, "internal fault");
    Refusal::internal(incident)
}

/// Makes the status in `headers` (or trailers) follow the contract.
fn settle(headers: &mut HeaderMap, facts: &Facts) {
    let code = code_of(headers);
    if code == Code::Ok {
        return;
    }
    let mut details = details_of(headers);
    if count(&details, ERROR_INFO) == 0 {
        let made_by_library = Status::from_header_map(headers).unwrap_or_else(|| Status::unknown("no status"));
        write(headers, &foreign::translate(&made_by_library, facts).into());
        details = details_of(headers);
    }
    keep_first(&mut details, ERROR_INFO);
    if count(&details, REQUEST_INFO) == 0 {
        details.details.push(request_info(&facts.request_id));
    }
    if let Some(milliseconds) = retry_delay(&details) {
        headers.insert(PUSH_BACK, HeaderValue::from(milliseconds));
    }
    write_details(headers, &details);
}

/// The delay of the `RetryInfo`, in milliseconds.
fn retry_delay(details: &pb::Status) -> Option<u64> {
    let info = details.details.iter().find(|detail| detail.type_url == RETRY_INFO)?;
    let delay = pb::RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    let milliseconds = delay.seconds.checked_mul(1_000)?.checked_add(i64::from(delay.nanos / 1_000_000))?;
    u64::try_from(milliseconds).ok()
}

/// The status code in headers or trailers; a missing one is UNKNOWN.
pub fn code_of(headers: &HeaderMap) -> Code {
    headers.get(Status::GRPC_STATUS).map_or(Code::Unknown, |code| Code::from_bytes(code.as_bytes()))
}

/// The reason of the `ErrorInfo` in headers or trailers.
pub fn reason_of(headers: &HeaderMap) -> Option<String> {
    let details = details_of(headers);
    let info = details.details.iter().find(|detail| detail.type_url == ERROR_INFO)?;
    Some(pb::ErrorInfo::decode(info.value.as_slice()).ok()?.reason)
}

fn details_of(headers: &HeaderMap) -> pb::Status {
    let bytes = headers.get(Status::GRPC_STATUS_DETAILS).map(HeaderValue::as_bytes).unwrap_or_default();
    // Both alphabets of padding are in use (gRPC over HTTP/2, "binary headers").
    let unpadded = bytes.strip_suffix(b"==").or_else(|| bytes.strip_suffix(b"=")).unwrap_or(bytes);
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD_NO_PAD, unpadded)
        .ok()
        .and_then(|bytes| pb::Status::decode(bytes.as_slice()).ok())
        .unwrap_or_default()
}

fn write_details(headers: &mut HeaderMap, details: &pb::Status) {
    let encoded =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, Message::encode_to_vec(details));
    if let Ok(value) = HeaderValue::try_from(encoded) {
        headers.insert(Status::GRPC_STATUS_DETAILS, value);
    }
}

fn write(headers: &mut HeaderMap, status: &Status) {
    headers.remove(Status::GRPC_MESSAGE);
    headers.remove(Status::GRPC_STATUS_DETAILS);
    headers.extend(trailers_of(status));
}

fn count(details: &pb::Status, type_url: &str) -> usize {
    details.details.iter().filter(|detail| detail.type_url == type_url).count()
}

fn keep_first(details: &mut pb::Status, type_url: &str) {
    let mut seen = false;
    details.details.retain(|detail| detail.type_url != type_url || !std::mem::replace(&mut seen, true));
}

fn request_info(request_id: &RequestId) -> prost_types::Any {
    let info = pb::RequestInfo { request_id: request_id.as_str().to_owned(), serving_data: String::new() };
    prost_types::Any { type_url: REQUEST_INFO.to_owned(), value: info.encode_to_vec() }
}
