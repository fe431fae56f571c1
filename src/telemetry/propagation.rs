//! W3C trace context (`traceparent`, `tracestate`) in and out of calls.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// Makes trace context the format of every library in this process that asks for one.
pub(super) fn install() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
}

/// The span of the caller, as its headers name it; an empty context when they name none or it is malformed.
pub fn parent_of(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Names the span of `context` in the headers of an outgoing call.
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(context, &mut HeadersMut(headers));
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (key.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt as _;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn the_parent_of_a_call_goes_in_and_out() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static(PARENT));
        let context = parent_of(&headers);
        let span = context.span().span_context().clone();
        assert_eq!(span.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(span.is_remote() && span.is_sampled());
        let mut out = HeaderMap::new();
        inject(&context, &mut out);
        assert_eq!(out.get("traceparent").and_then(|value| value.to_str().ok()), Some(PARENT));
    }

    #[test]
    fn a_malformed_parent_is_no_parent() {
        for text in ["", "00-xyz-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_static(text));
            assert!(!parent_of(&headers).span().span_context().is_valid(), "{text}");
        }
        let mut out = HeaderMap::new();
        inject(&Context::new(), &mut out);
        assert!(!out.contains_key("traceparent"));
    }
}
