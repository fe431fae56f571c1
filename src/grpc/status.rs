//! Refusals: what a call answers instead of a response (contract rule 2.9).

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
    time::Duration,
};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{
    contract::{reasons, validate::Violation},
    pb::v1::ErrorReason,
};

/// `ErrorInfo.domain` of every refusal.
pub const DOMAIN: &str = "helpdesk";

/// Asked of callers that may retry, when nobody knows better.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Longest text, in bytes, that is sent of a message, a metadata value or a field path: what a caller wrote comes back
/// in them, and clients take 8 KiB of headers in all.
const LONGEST_TEXT: usize = 256;
/// Bytes of all the field violations together; those beyond are left out.
const MOST_OF_VIOLATIONS: usize = 3 * 1024;
/// The only text of `INTERNAL_FAULT`; what happened goes to the log.
const INTERNAL_TEXT: &str = "an internal fault; quote the incident when you report it";

/// Why a call is refused. The status code follows from the reason, so that no handler can pair them wrongly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.name())]
pub struct Refusal {
    reason: ErrorReason,
    message: String,
    metadata: BTreeMap<&'static str, String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal for people in `message`, for programs in `reason`.
    pub fn new(reason: ErrorReason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message, metadata: BTreeMap::new(), violations: Vec::new(), retry_after: None }
    }

    /// `INTERNAL_FAULT`: says only where in the log to look.
    pub fn internal(incident: impl Display) -> Self {
        Self::new(ErrorReason::InternalFault, INTERNAL_TEXT).with("incident", incident)
    }

    /// Adds one of the facts that the reason's specification names, or a further one.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Display) -> Self {
        self.metadata.insert(key, value.to_string());
        self
    }

    /// Adds fields that are wrong.
    #[must_use]
    pub fn violations(mut self, violations: impl IntoIterator<Item = Violation>) -> Self {
        self.violations.extend(violations);
        self
    }

    /// Says when to try again; counts only where the reason is retryable.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The reason.
    pub fn reason(&self) -> ErrorReason {
        self.reason
    }

    /// The reason as callers see it.
    pub fn name(&self) -> &'static str {
        reasons::spec(self.reason).name
    }

    /// The status code that goes with the reason.
    pub fn code(&self) -> Code {
        reasons::spec(self.reason).code()
    }

    fn details(&self) -> ErrorDetails {
        let spec = reasons::spec(self.reason);
        debug_assert!(
            spec.metadata_keys.iter().all(|key| self.metadata.contains_key(key)),
            "{} needs {:?}, has {:?}",
            spec.name,
            spec.metadata_keys,
            self.metadata.keys(),
        );
        let metadata = self.metadata.iter().map(|(key, value)| ((*key).to_owned(), clip(value)));
        let mut details = ErrorDetails::with_error_info(spec.name, DOMAIN, metadata.collect::<HashMap<_, _>>());
        if !self.violations.is_empty() {
            details.set_bad_request(field_violations(&self.violations));
        }
        if spec.retryable {
            details.set_retry_info(Some(self.retry_after.unwrap_or(RETRY_AFTER)));
        }
        details
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::with_error_details(refusal.code(), clip(&refusal.message), refusal.details())
    }
}

/// Adds the id under which the call stands in the log (`RequestInfo`). Other details and metadata stay.
pub fn with_request_id(status: &Status, id: &str) -> Status {
    let mut details = status.get_error_details();
    details.set_request_info(id, "");
    Status::with_error_details_and_metadata(status.code(), status.message(), details, status.metadata().clone())
}

/// The reason that a status carries, for spans and metrics. None where the status is not one of ours.
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().filter(|info| info.domain == DOMAIN).map(|info| info.reason)
}

/// As many as fit into the header.
fn field_violations(violations: &[Violation]) -> Vec<FieldViolation> {
    let mut size = 0;
    let fits = |sent: &FieldViolation| {
        size += sent.field.len() + sent.description.len() + sent.reason.len();
        size <= MOST_OF_VIOLATIONS
    };
    violations.iter().map(field_violation).take_while(fits).collect()
}

fn field_violation(violation: &Violation) -> FieldViolation {
    FieldViolation {
        field: clip(&violation.field),
        description: clip(&violation.description),
        reason: violation.reason.name().to_owned(),
        localized_message: None,
    }
}

fn clip(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(LONGEST_TEXT)])
}

#[cfg(test)]
mod tests {
    use super::{super::contract::validate::FieldReason, *};

    fn every_reason() -> impl Iterator<Item = ErrorReason> {
        (1..1000).filter_map(|number| ErrorReason::try_from(number).ok())
    }

    /// A refusal with everything that its reason asks for.
    fn complete(reason: ErrorReason) -> Refusal {
        let keys = reasons::spec(reason).metadata_keys;
        keys.iter().fold(Refusal::new(reason, "why"), |refusal, key| refusal.with(key, format!("the {key}")))
    }

    #[test]
    fn every_reason_has_one_code_and_one_error_info() {
        assert!(every_reason().count() > 40);
        for reason in every_reason() {
            let spec = reasons::spec(reason);
            assert_eq!(format!("ERROR_REASON_{}", spec.name), reason.as_str_name());
            assert!(!matches!(spec.code(), Code::Ok | Code::Unknown), "{reason:?}");
            let status = Status::from(complete(reason));
            assert_eq!(status.code(), spec.code());
            let details = status.get_error_details_vec();
            assert_eq!(details.len(), 1 + usize::from(spec.retryable), "{reason:?}");
            let info = status.get_details_error_info().expect("every refusal has one");
            assert_eq!((&*info.reason, &*info.domain), (spec.name, "helpdesk"));
            for key in spec.metadata_keys {
                assert_eq!(info.metadata[*key], format!("the {key}"));
                assert!(key.starts_with(char::is_lowercase) && key.chars().all(char::is_alphanumeric), "{key}");
            }
        }
    }

    #[test]
    fn a_retryable_reason_says_when() {
        let delay = |refusal: Refusal| Status::from(refusal).get_details_retry_info().and_then(|info| info.retry_delay);
        let overloaded = || complete(ErrorReason::ServerOverloaded);
        assert_eq!(delay(overloaded()), Some(RETRY_AFTER));
        assert_eq!(delay(overloaded().retry_after(Duration::from_millis(40))), Some(Duration::from_millis(40)));
        assert_eq!(delay(complete(ErrorReason::ResourceNotFound).retry_after(RETRY_AFTER)), None);
    }

    #[test]
    fn violations_travel_with_path_reason_and_description() {
        let violation =
            Violation { field: "a.b".into(), reason: FieldReason::Uuid, description: "must be a UUID".into() };
        let status = Status::from(Refusal::new(ErrorReason::FieldInvalid, "no").violations([violation]));
        let sent = status.get_details_bad_request().expect("there is a violation").field_violations;
        assert_eq!(sent.len(), 1);
        assert_eq!((&*sent[0].field, &*sent[0].reason, &*sent[0].description), ("a.b", "UUID", "must be a UUID"));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "ETAG_MISMATCH needs")]
    fn missing_metadata_is_found_in_tests() {
        let _ = Status::from(Refusal::new(ErrorReason::EtagMismatch, "changed").with("resource", "x"));
    }

    #[test]
    fn an_internal_fault_tells_nothing_but_the_incident() {
        let status = Status::from(Refusal::internal("i-1"));
        assert_eq!((status.code(), status.message()), (Code::Internal, INTERNAL_TEXT));
        let info = status.get_details_error_info().expect("every refusal has one");
        assert_eq!(info.metadata, HashMap::from([("incident".to_owned(), "i-1".to_owned())]));
    }

    #[test]
    fn the_request_id_joins_what_is_there() {
        let mut status = Status::from(complete(ErrorReason::ServerOverloaded));
        status.metadata_mut().insert("x-kept", "yes".parse().expect("a header value"));
        let status = with_request_id(&status, "r-1");
        let details = status.get_error_details();
        assert_eq!(details.request_info().map(|info| &*info.request_id), Some("r-1"));
        assert!(details.error_info().is_some() && details.retry_info().is_some());
        assert!(status.metadata().contains_key("x-kept"));
        let bare = with_request_id(&Status::unavailable("gone"), "r-2");
        assert_eq!((bare.code(), bare.message()), (Code::Unavailable, "gone"));
        assert_eq!(reason(&bare), None);
        assert_eq!(reason(&status).as_deref(), Some("SERVER_OVERLOADED"));
    }

    #[test]
    fn a_refusal_fits_into_headers_whatever_the_caller_wrote() {
        let long = || "ä".repeat(100_000);
        let violation = Violation { field: long(), reason: FieldReason::Pattern, description: long() };
        let refusal = Refusal::new(ErrorReason::StateTransitionNotAllowed, long()).violations(vec![violation; 25]);
        let status = Status::from(refusal.with("resource", long()).with("from", long()).with("to", long()));
        let info = status.get_details_error_info().expect("every refusal has one");
        assert_eq!(info.metadata["resource"], "ä".repeat(128) + "…");
        let headers = status.into_http::<()>().headers().clone();
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(size < 8 * 1024, "{size}");
    }
}
