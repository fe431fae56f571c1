//! What a call was refused with, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::grpc::pb::rpc;

/// A call that was not answered with what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CallError {
    /// The status code.
    pub code: Code,
    /// The error reason of the contract, such as `TICKET_CLOSED`; none when the answer is not the service's own, for
    /// example because nobody listens at the address.
    pub reason: Option<String>,
    /// One English sentence.
    pub message: String,
    /// The facts that go with the reason.
    pub metadata: BTreeMap<String, String>,
    /// Fields of the request that are wrong.
    pub fields: Vec<Field>,
    /// The service says that the same call may succeed after this time.
    pub retry_after: Option<Duration>,
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Path of the field.
    pub path: String,
    /// What is wrong with it.
    pub description: String,
}

impl CallError {
    /// Nothing came back in time.
    pub fn no_answer(limit: Duration) -> Self {
        Self::local(Code::DeadlineExceeded, format!("no answer within {} s", limit.as_secs_f64()))
    }

    /// A failure on this side of the connection.
    pub fn local(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, reason: None, message, metadata: BTreeMap::new(), fields: Vec::new(), retry_after: None }
    }

    /// Whether it is refused for this reason of the contract.
    pub fn is(&self, reason: &str) -> bool {
        self.reason.as_deref() == Some(reason)
    }

    /// Whether the same call, made again, may be answered: the service says so, or the answer is not the service's own
    /// because the connection broke. Only for calls that may be repeated.
    pub fn may_pass(&self) -> bool {
        let broken = [
            Code::Unavailable,
            Code::Unknown,
            Code::Cancelled,
            Code::Aborted,
            Code::DeadlineExceeded,
            Code::Internal,
            Code::ResourceExhausted,
        ];
        match self.reason {
            Some(_) => self.retry_after.is_some() || self.code == Code::DeadlineExceeded,
            None => broken.contains(&self.code),
        }
    }

    /// The code as the specification of gRPC writes it, for example `NOT_FOUND`.
    pub fn code_name(&self) -> &'static str {
        rpc::Code::try_from(self.code as i32).map_or("UNKNOWN", |code| code.as_str_name())
    }
}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        let info = status.get_details_error_info();
        let (reason, metadata) = info.map(|info| (info.reason, info.metadata)).unzip();
        let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        Self {
            code: status.code(),
            reason,
            message: with_source(&status),
            metadata: metadata.into_iter().flatten().collect(),
            fields: violations.into_iter().map(|it| Field { path: it.field, description: it.description }).collect(),
            retry_after: status.get_details_retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// The message, and for failures of the connection the innermost cause, which is the one that says what is wrong.
fn with_source(status: &Status) -> String {
    let first = std::error::Error::source(status);
    let innermost = std::iter::successors(first, |error| error.source()).last();
    match innermost {
        Some(cause) => format!("{}: {cause}", status.message()),
        None => status.message().to_owned(),
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
        write!(f, "{}{reason}: {}", self.code_name(), self.message)?;
        if !self.metadata.is_empty() {
            let facts: Vec<String> = self.metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
            write!(f, " ({})", facts.join(", "))?;
        }
        self.fields.iter().try_for_each(|field| write!(f, "\n  {}: {}", field.path, field.description))
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn refused(code: Code, reason: &str, again: Option<Duration>) -> CallError {
        let mut details = ErrorDetails::with_error_info(
            reason,
            "helpdesk",
            [("ticket".to_owned(), "accounts/a/tickets/1".to_owned())],
        );
        if again.is_some() {
            details.set_retry_info(again);
        }
        Status::with_error_details(code, "no", details).into()
    }

    #[test]
    fn a_refusal_reads_as_code_reason_sentence_and_facts() {
        let error = refused(Code::FailedPrecondition, "TICKET_CLOSED", None);
        assert_eq!(error.to_string(), "FAILED_PRECONDITION TICKET_CLOSED: no (ticket=accounts/a/tickets/1)");
        assert!(error.is("TICKET_CLOSED") && !error.is("TICKET_MERGED"));
    }

    #[test]
    fn wrong_fields_stand_on_lines_of_their_own() {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("ticket.subject", "must not be empty");
        let error = CallError::from(Status::with_error_details(Code::InvalidArgument, "wrong", details));
        assert_eq!(error.to_string(), "INVALID_ARGUMENT: wrong\n  ticket.subject: must not be empty");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let soon = Some(Duration::from_millis(40));
        assert!(refused(Code::Unavailable, "SERVER_OVERLOADED", soon).may_pass());
        assert_eq!(refused(Code::Unavailable, "SERVER_OVERLOADED", soon).retry_after, soon);
        assert!(!refused(Code::Aborted, "ETAG_MISMATCH", None).may_pass());
        assert!(!refused(Code::Internal, "INTERNAL_FAULT", None).may_pass());
        assert!(CallError::from(Status::unavailable("tcp connect error")).may_pass());
        assert!(CallError::from(Status::unknown("transport error")).may_pass());
        assert!(!CallError::from(Status::unimplemented("no such method")).may_pass());
        assert!(!CallError::from(Status::unauthenticated("who?")).may_pass());
    }
}
