//! How the edge itself says no.

use tonic::Status;

use super::stage::Response;
use crate::grpc::contract::validate::{FieldReason, Violation};
use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::status::Refusal;

/// A refusal as the whole answer.
pub fn answer(refusal: Refusal) -> Response {
    Status::from(refusal).into_http()
}

/// A refusal of the request as a whole: `FIELD_INVALID` with one violation that names no field.
pub fn refuse_request(description: &str) -> Refusal {
    let violation =
        Violation { field: String::new(), reason: FieldReason::NotAllowed, description: description.to_owned() };
    Refusal::new(ErrorReason::FieldInvalid, "the request is not a message of this method").violations([violation])
}

/// A request message above `limit` bytes.
pub fn too_large(limit: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorReason::MessageTooLarge, "the request message is larger than the method takes")
        .with("limitBytes", limit)
}
