//! The time of a unary call: what the client gives, at most what the server allows (T-46, L-10).

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use crate::grpc::call::CallDeadline;
use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::drain::refuse_drained;
use crate::grpc::server::limits::EdgeLimits;
use crate::grpc::server::methods::{CallKind, Methods};
use crate::grpc::server::refuse::answer;
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::server::stream_task::end_answer_by;
use crate::grpc::status::Refusal;

/// The metadata key of the client's patience.
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// The answer is sent this much before the time is over, so that it arrives while the client still listens.
const AHEAD: Duration = Duration::from_millis(2);

/// Ends unary calls in time and refuses those that have none left. Each gets its [`CallDeadline`], for the time limits of
/// lanes and statements; a stream gets one only if its client says so.
pub struct DeadlineLimit {
    /// Which methods are streams or bulk.
    pub methods: Arc<Methods>,
    /// The time limits.
    pub limits: EdgeLimits,
}

impl Around for DeadlineLimit {
    const NAME: &'static str = "deadline";

    async fn around<N: Next>(&self, mut request: Request, next: &N) -> Response {
        let asked = patience(request.headers());
        if asked.is_some_and(|asked| asked < self.limits.least_call) {
            return refuse_drained(request, too_short()).await;
        }
        let Some(limit) = self.limit(request.uri().path(), asked) else {
            return next.run(request).await;
        };
        let deadline = Instant::now() + limit;
        request.extensions_mut().insert(CallDeadline(deadline.into_std()));
        let answered = timeout_at(deadline - AHEAD.min(limit), next.run(request)).await;
        end_answer_by(Instant::now() + self.limits.take_answer);
        answered.unwrap_or_else(|_| answer(over()))
    }
}

impl DeadlineLimit {
    /// The time of a call, or nothing for a stream: [`super::stream_life`] bounds those.
    fn limit(&self, path: &str, asked: Option<Duration>) -> Option<Duration> {
        let allowed = match self.methods.kind(path) {
            CallKind::Stream => return None,
            CallKind::Bulk => self.limits.bulk_call,
            CallKind::Unary => self.limits.call,
        };
        Some(asked.map_or(allowed, |asked| asked.min(allowed)))
    }
}

fn too_short() -> Refusal {
    Refusal::new(ErrorReason::DeadlineTooShort, "too little time is left to begin; nothing was done")
}

/// The answer to a call whose time ran out under way.
pub fn over() -> Refusal {
    let message = "the time of the call is over; what it was to change may or may not be done";
    Refusal::new(ErrorReason::DeadlineTooShort, message)
}

/// How long the client waits: at most eight digits and a unit (gRPC over HTTP/2, "timeout"). Anything else is nothing,
/// and then the server's own limit holds.
pub fn patience(headers: &HeaderMap) -> Option<Duration> {
    let mut values = headers.get_all(GRPC_TIMEOUT).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(values: &[&'static str]) -> Option<Duration> {
        let values =
            values.iter().map(|value| (http::HeaderName::from_static(GRPC_TIMEOUT), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(name, value);
        }
        patience(&headers)
    }

    #[test]
    fn patience_is_digits_and_a_unit() {
        assert_eq!(read(&["250m"]), Some(Duration::from_millis(250)));
        assert_eq!(read(&["0n"]), Some(Duration::ZERO));
        assert_eq!(read(&["99999999H"]), Some(Duration::from_hours(99_999_999)));
        assert_eq!(
            ["1S", "1M", "1u"].map(|text| read(&[text]).map(|time| time.as_micros())),
            [Some(1_000_000), Some(60_000_000), Some(1)]
        );
    }

    #[test]
    fn what_is_malformed_counts_as_nothing() {
        for malformed in ["", "S", "1", "-1S", "+1S", "1.5S", "123456789S", "1 S", "1s", "1SS", "x"] {
            assert_eq!(read(&[malformed]), None, "{malformed}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["1S", "2S"]), None);
    }

    #[test]
    fn the_server_allows_at_most_its_limit() {
        let mut methods = Methods::default();
        methods.add_bulk(["/a.A/Import"]);
        methods.add_streams(["/a.A/Watch"]);
        let stage = DeadlineLimit { methods: Arc::new(methods), limits: EdgeLimits::default() };
        let hour = Some(Duration::from_hours(1));
        assert_eq!(stage.limit("/a.A/Get", None), Some(Duration::from_secs(10)));
        assert_eq!(stage.limit("/a.A/Get", hour), Some(Duration::from_secs(10)));
        assert_eq!(stage.limit("/a.A/Get", Some(Duration::from_secs(1))), Some(Duration::from_secs(1)));
        assert_eq!(stage.limit("/a.A/Import", hour), Some(Duration::from_secs(30)));
        assert_eq!(stage.limit("/a.A/Watch", hour), None);
    }
}
