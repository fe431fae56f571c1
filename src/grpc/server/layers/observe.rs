//! One span and one measurement for every call.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Uri};
use opentelemetry::propagation::Extractor;
use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::contract;
use super::request_id::RequestId;
use crate::grpc::server::body::{AtTrailers, at_trailers};
use crate::grpc::server::meter::{EdgeMeter, FinishedCall};
use crate::grpc::server::methods::service_and_method;
use crate::grpc::server::stage::{Around, Next, Request, Response};

/// Stands for services and methods that are not served, so that callers cannot make up metric labels.
const OTHER: (&str, &str) = ("_other", "_other");

/// Opens the span of a call below the caller's (W3C trace context) and tells the meter how the call ended. The span
/// fields follow OpenTelemetry's conventions for RPC (contract 1.5); `helpdesk.account` is filled in by who knows it.
pub struct Observe(pub Arc<dyn EdgeMeter>);

impl Around for Observe {
    const NAME: &'static str = "observe";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        let span = span_of(&request);
        let record = Record::begin(Arc::clone(&self.0), &request, span.clone());
        let (parts, body) = next.run(request).instrument(span).await.into_parts();
        if parts.headers.contains_key(Status::GRPC_STATUS) {
            record.end(&parts.headers);
            return Response::from_parts(parts, body);
        }
        Response::from_parts(parts, at_trailers(body, record))
    }
}

fn span_of(request: &Request) -> Span {
    let (service, method) = service_and_method(request.uri().path()).unwrap_or(OTHER);
    let span = tracing::info_span!(
        "rpc",
        "otel.name" = %format_args!("{service}/{method}"),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "rpc.system" = "grpc",
        "rpc.service" = service,
        "rpc.method" = method,
        "rpc.response.status_code" = Empty,
        "error.type" = Empty,
        "helpdesk.error.reason" = Empty,
        "helpdesk.account" = Empty,
        request_id = RequestId::of(request).as_str(),
    );
    if request.headers().contains_key("traceparent") {
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(request.headers()))
        });
        // Without an exporter there is no layer that could take it, and nothing is lost.
        let _ = span.set_parent(parent);
    }
    span
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// A call under way. Dropped before its end it has been canceled by its client.
struct Record {
    meter: Arc<dyn EdgeMeter>,
    uri: Uri,
    begun: Instant,
    span: Span,
    ended: bool,
}

impl Record {
    fn begin(meter: Arc<dyn EdgeMeter>, request: &Request, span: Span) -> Self {
        Self { meter, uri: request.uri().clone(), begun: Instant::now(), span, ended: false }
    }

    fn end(mut self, headers: &HeaderMap) {
        self.at_end(headers);
    }

    fn at_end(&mut self, headers: &HeaderMap) {
        let code = contract::code_of(headers);
        let reason = if code == Code::Ok { None } else { contract::reason_of(headers) };
        self.tell(code, reason.as_deref());
    }

    fn tell(&mut self, code: Code, reason: Option<&str>) {
        self.ended = true;
        let elapsed = self.begun.elapsed();
        let (service, method) = match code {
            Code::Unimplemented => OTHER,
            _ => service_and_method(self.uri.path()).unwrap_or(OTHER),
        };
        self.meter.call_finished(&FinishedCall { service, method, code, reason, elapsed });
        write_down(&self.span, code, reason, elapsed);
    }
}

impl AtTrailers for Record {
    fn at_trailers(&mut self, trailers: &mut HeaderMap) {
        self.at_end(trailers);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.tell(Code::Cancelled, None);
        }
    }
}

fn write_down(span: &Span, code: Code, reason: Option<&str>, elapsed: Duration) {
    let name = name_of(code);
    span.record("rpc.response.status_code", name);
    if let Some(reason) = reason {
        span.record("helpdesk.error.reason", reason);
    }
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let _entered = span.enter();
    if code == Code::Ok {
        tracing::debug!(code = name, elapsed_us, "call answered");
    } else if is_server_fault(code) {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", name);
        tracing::warn!(code = name, reason, elapsed_us, "call failed");
    } else {
        tracing::info!(code = name, reason, elapsed_us, "call refused");
    }
}

/// The codes that make a server span an error one by OpenTelemetry's conventions.
fn is_server_fault(code: Code) -> bool {
    use Code::{DataLoss, DeadlineExceeded, Internal, Unavailable, Unimplemented, Unknown};
    matches!(code, Unknown | DeadlineExceeded | Unimplemented | Internal | Unavailable | DataLoss)
}

/// The name of a status code as the gRPC specification writes it.
pub fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
