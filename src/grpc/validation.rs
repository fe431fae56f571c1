//! The step of every call that looks at the fields of its request.

use super::{contract::validate::Validate, pb::v1::ErrorReason, status::Refusal};

/// The request, when every field keeps its rules; else `FIELD_INVALID` with all that is wrong at once.
pub fn checked<T: Validate>(request: T) -> Result<T, Refusal> {
    let violations = request.validate();
    let Some(first) = violations.first() else { return Ok(request) };
    let text = format!("{} {}", first.field, first.description);
    let more = match violations.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Err(Refusal::new(ErrorReason::FieldInvalid, text + &more).violations(violations))
}
