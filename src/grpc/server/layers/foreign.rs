//! What the libraries below us answer, translated into the status contract (reliability 0.6, T-46 to T-49).
//!
//! Their texts are matched because tonic gives nothing else to tell these cases apart; a test over real sockets fails
//! when an upgrade changes one. Our own code always says its reason, so a status without one that is not in this list
//! is a mistake of ours and answered as such.

use tonic::{Code, Status};

use super::contract::{Facts, fault};
use super::deadline::over;
use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::refuse::{refuse_request, too_large};
use crate::grpc::status::Refusal;

/// Begins tonic's answer to a request message above the method's limit.
const TOO_LARGE: &str = "Error, decoded message length too large";
/// Begins tonic's answer to a compressed message that unpacks to more than the limit.
const UNPACKS_TOO_LARGE: &str = "Error decompressing: size limit, of ";
/// Begins prost's account of bytes that are no message; what follows names the field, never its content.
const UNDECODABLE: &str = "failed to decode Protobuf message: ";
/// How tonic begins its other complaints about a request body.
const MALFORMED: [&str; 4] = [
    "protocol error: received message",
    "Unexpected EOF decoding stream",
    "Missing request message",
    "Error decompressing",
];

/// The refusal of the contract for a status without `ErrorInfo`.
pub fn translate(status: &Status, facts: &Facts) -> Refusal {
    let text = status.message();
    match status.code() {
        Code::OutOfRange if text.starts_with(TOO_LARGE) => too_large(number_after(text, "the limit is: ")),
        Code::ResourceExhausted if text.starts_with(UNPACKS_TOO_LARGE) => {
            too_large(number_after(text, "size limit, of "))
        }
        Code::Internal if text.starts_with(UNDECODABLE) => refuse_request(&text[UNDECODABLE.len()..]),
        Code::Internal if MALFORMED.iter().any(|beginning| text.starts_with(beginning)) => {
            refuse_request("not a gRPC message")
        }
        Code::InvalidArgument => refuse_request("refused by the service"),
        Code::NotFound => {
            Refusal::new(ErrorReason::ResourceNotFound, "there is no such thing").with("resource", facts.path())
        }
        Code::Cancelled | Code::DeadlineExceeded => over(),
        Code::Unauthenticated => Refusal::new(ErrorReason::CredentialInvalid, "the credential is not valid"),
        Code::Unimplemented => {
            Refusal::new(ErrorReason::NotSupported, "nothing here answers to that").with("feature", facts.path())
        }
        Code::Unavailable => Refusal::new(ErrorReason::ServerOverloaded, "try again later"),
        _ => fault(facts, text),
    }
}

/// The digits that follow `marker` in `text`.
fn number_after<'a>(text: &'a str, marker: &str) -> &'a str {
    let rest = text.split_once(marker).map_or("", |(_, rest)| rest);
    &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(code: Code, text: &str) -> (Code, String) {
        let facts = Facts {
            request_id: crate::grpc::server::layers::request_id::RequestId::of(&http::Request::new(
                tonic::body::Body::empty(),
            )),
            path: Some(http::uri::PathAndQuery::from_static("/a.A/Get")),
        };
        let refusal = translate(&Status::new(code, text), &facts);
        (refusal.code(), refusal.name().to_owned())
    }

    #[test]
    fn every_code_of_a_library_gets_a_reason_of_its_code() {
        use Code::{
            Aborted, AlreadyExists, Cancelled, DataLoss, DeadlineExceeded, FailedPrecondition, Internal,
            InvalidArgument, NotFound, OutOfRange, PermissionDenied, ResourceExhausted, Unauthenticated, Unavailable,
            Unimplemented, Unknown,
        };
        let table = [
            (Cancelled, "Timeout expired", DeadlineExceeded, "DEADLINE_TOO_SHORT"),
            (DeadlineExceeded, "", DeadlineExceeded, "DEADLINE_TOO_SHORT"),
            (InvalidArgument, "", InvalidArgument, "FIELD_INVALID"),
            (NotFound, "service not registered", NotFound, "RESOURCE_NOT_FOUND"),
            (Unauthenticated, "", Unauthenticated, "CREDENTIAL_INVALID"),
            (Unimplemented, "", Unimplemented, "NOT_SUPPORTED"),
            (Unavailable, "", Unavailable, "SERVER_OVERLOADED"),
            (Internal, "failed to decode Protobuf message: A.b: invalid varint", InvalidArgument, "FIELD_INVALID"),
            (Internal, "Missing request message.", InvalidArgument, "FIELD_INVALID"),
            (Internal, "SELECT secret FROM users", Internal, "INTERNAL_FAULT"),
            (Unknown, "", Internal, "INTERNAL_FAULT"),
            (DataLoss, "", Internal, "INTERNAL_FAULT"),
            (PermissionDenied, "", Internal, "INTERNAL_FAULT"),
            (FailedPrecondition, "", Internal, "INTERNAL_FAULT"),
            (AlreadyExists, "", Internal, "INTERNAL_FAULT"),
            (Aborted, "", Internal, "INTERNAL_FAULT"),
            (OutOfRange, "", Internal, "INTERNAL_FAULT"),
            (ResourceExhausted, "", Internal, "INTERNAL_FAULT"),
        ];
        for (code, text, expected, reason) in table {
            assert_eq!(translated(code, text), (expected, reason.to_owned()), "{code:?} {text}");
        }
    }

    #[test]
    fn limits_are_read_from_the_texts() {
        let text = "Error, decoded message length too large: found 99 bytes, the limit is: 64 bytes";
        assert_eq!(translated(Code::OutOfRange, text), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
        assert_eq!(number_after(text, "the limit is: "), "64");
        assert_eq!(number_after("nothing", "the limit is: "), "");
    }
}
