//! How the edge itself says no: a status with its `google.rpc` details (contract 2.9).

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every `google.rpc.ErrorInfo` of this service.
pub const DOMAIN: &str = "helpdesk";

/// The reasons that the edge gives, with the one status code of each. The names are values of `helpdesk.v1.ErrorReason`.
pub mod reason {
    use tonic::Code;

    /// A reason and the status code that always goes with it.
    pub type Reason = (&'static str, Code);

    /// A credential that cannot be read.
    pub const CREDENTIAL_INVALID: Reason = ("CREDENTIAL_INVALID", Code::Unauthenticated);
    /// The request is no message of the method, or breaks a field rule.
    pub const FIELD_INVALID: Reason = ("FIELD_INVALID", Code::InvalidArgument);
    /// The request message is larger than the limit.
    pub const MESSAGE_TOO_LARGE: Reason = ("MESSAGE_TOO_LARGE", Code::ResourceExhausted);
    /// The metadata is larger than the limit.
    pub const METADATA_TOO_LARGE: Reason = ("METADATA_TOO_LARGE", Code::ResourceExhausted);
    /// The record of the call does not exist for this caller.
    pub const RESOURCE_NOT_FOUND: Reason = ("RESOURCE_NOT_FOUND", Code::NotFound);
    /// The server ends its streams.
    pub const STREAM_DRAINING: Reason = ("STREAM_DRAINING", Code::Unavailable);
    /// The time of the call is over, or was too short to begin.
    pub const DEADLINE_TOO_SHORT: Reason = ("DEADLINE_TOO_SHORT", Code::DeadlineExceeded);
    /// Nothing here answers to that.
    pub const NOT_SUPPORTED: Reason = ("NOT_SUPPORTED", Code::Unimplemented);
    /// A mistake of the server.
    pub const INTERNAL_FAULT: Reason = ("INTERNAL_FAULT", Code::Internal);
    /// Too much at once.
    pub const SERVER_OVERLOADED: Reason = ("SERVER_OVERLOADED", Code::Unavailable);
}

/// A status with exactly one `ErrorInfo`. `metadata` must hold the keys that the reason always has.
pub fn refuse(reason: reason::Reason, message: &str, metadata: &[(&str, &str)]) -> Status {
    with_details(reason.1, message, error_info(reason.0, metadata))
}

/// A refusal that says when the same call may work: for the reasons that a retry can help.
pub fn refuse_for_now(reason: reason::Reason, message: &str, retry_after: Duration) -> Status {
    let mut details = error_info(reason.0, &[]);
    details.set_retry_info(Some(retry_after));
    with_details(reason.1, message, details)
}

/// A refusal of the request as a whole: `FIELD_INVALID` with one violation that names no field.
pub fn refuse_request(message: &str, description: &str) -> Status {
    let mut details = error_info(reason::FIELD_INVALID.0, &[]);
    details.add_bad_request_violation("", description);
    with_details(reason::FIELD_INVALID.1, message, details)
}

fn error_info(reason: &str, metadata: &[(&str, &str)]) -> ErrorDetails {
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, metadata)
}

fn with_details(code: Code, message: &str, details: ErrorDetails) -> Status {
    Status::with_error_details(code, message, details)
}
