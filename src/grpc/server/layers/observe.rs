//! One span and one measurement for every call.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Uri};
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
use crate::telemetry::propagation::parent_of;

/// Stands for services and methods that are not served, so that callers cannot make up metric labels.
const OTHER: (&str, &str) = ("_other", "_other");

/// Opens the span of a call below the caller's (W3C trace context) and tells the meter how the call ended. The span
/// fields follow OpenTelemetry's conventions for RPC (contract 1.5); `helpdesk.account` and `helpdesk.caller`
/// are filled in by who knows them.
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
        "helpdesk.caller" = Empty,
        request_id = RequestId::of(request).as_str(),
    );
    if request.headers().contains_key("traceparent") {
        // Without an exporter there is no layer that could take it, and nothing is lost.
        let _ = span.set_parent(parent_of(request.headers()));
    }
    span
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
        meter.call_begun();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::pb::v1::ErrorReason;
    use crate::grpc::server::meter::NoMeter;
    use crate::grpc::server::refuse::answer;
    use crate::grpc::server::stage::Stage;
    use crate::grpc::status::Refusal;
    use opentelemetry::trace::{TraceContextExt, TracerProvider};
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use std::collections::BTreeMap;
    use std::fmt::Debug;
    use std::sync::Mutex;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    /// Keeps the fields of spans.
    #[derive(Clone, Default)]
    struct Fields(Arc<Mutex<BTreeMap<&'static str, String>>>);

    impl Visit for Fields {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.lock().expect("not poisoned").insert(field.name(), value.to_owned());
        }

        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.record_str(field, &format!("{value:?}"));
        }
    }

    impl<S: tracing::Subscriber> Layer<S> for Fields {
        fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            attributes.record(&mut self.clone());
        }

        fn on_record(&self, _: &Id, values: &tracing::span::Record<'_>, _: Context<'_, S>) {
            values.record(&mut self.clone());
        }
    }

    /// Notes the trace that it runs in and refuses.
    struct Inner(Arc<Mutex<String>>);

    impl Next for Inner {
        async fn run(&self, _: Request) -> Response {
            *self.0.lock().expect("not poisoned") =
                Span::current().context().span().span_context().trace_id().to_string();
            answer(Refusal::new(ErrorReason::ResourceNotFound, "no such ticket").with("resource", "tickets/1"))
        }
    }

    #[tokio::test]
    async fn the_span_of_a_call_continues_the_callers_trace_and_says_how_it_ended() {
        let (fields, trace) = (Fields::default(), Arc::default());
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let spans = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
        let _default = tracing::subscriber::set_default(spans.with(fields.clone()));
        let stage = Stage::new(Observe(Arc::new(NoMeter)), Inner(Arc::clone(&trace)));
        let request = http::Request::post("/a.v1.Tickets/GetTicket")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .body(tonic::body::Body::empty())
            .expect("a request");
        stage.run(request).await;
        assert_eq!(*trace.lock().expect("not poisoned"), "0af7651916cd43dd8448eb211c80319c");
        let fields = fields.0.lock().expect("not poisoned");
        for (name, value) in [
            ("otel.name", "a.v1.Tickets/GetTicket"),
            ("rpc.service", "a.v1.Tickets"),
            ("rpc.method", "GetTicket"),
            ("rpc.response.status_code", "NOT_FOUND"),
            ("helpdesk.error.reason", "RESOURCE_NOT_FOUND"),
        ] {
            assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(!fields.contains_key("error.type"), "a refusal is no fault of the server");
    }
}
