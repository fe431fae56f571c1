//! Field rules of requests (contract rule 2.13), checked by code that `build.rs` writes from the annotations.

use super::checker::Checker;

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field from the request, as in the contract: `message.sender.email`, `names[3]`, `headers["Date"]`.
    pub field: String,
    /// Which kind of rule it breaks.
    pub reason: FieldReason,
    /// What the field must be, for people.
    pub description: String,
}

/// The kinds of field rules. Callers see the name in `BadRequest.FieldViolation.reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldReason {
    /// Must be there.
    Required,
    /// Fewer characters or bytes than asked.
    TooShort,
    /// More characters or bytes than allowed.
    TooLong,
    /// Does not match the pattern.
    Pattern,
    /// No UUID with hyphens.
    Uuid,
    /// No email address.
    Email,
    /// No absolute URI.
    Uri,
    /// Holds a NUL character, which `PostgreSQL` cannot store.
    ControlCharacter,
    /// No value of the enum that this contract knows.
    UnknownEnum,
    /// A value of the enum that is not allowed here, such as the unspecified one.
    NotAllowed,
    /// Fewer entries than asked.
    TooFew,
    /// More entries than allowed.
    TooMany,
    /// Has an entry twice.
    NotUnique,
    /// Below or above the bounds, or no number at all.
    OutOfRange,
    /// Against a rule about several fields, found by a handler.
    Inconsistent,
}

impl FieldReason {
    /// The reason with this name; what a rule of the domain calls otherwise is an inconsistency.
    pub fn from_name(name: &str) -> Self {
        const ALL: [FieldReason; 14] = [
            FieldReason::Required,
            FieldReason::TooShort,
            FieldReason::TooLong,
            FieldReason::Pattern,
            FieldReason::Uuid,
            FieldReason::Email,
            FieldReason::Uri,
            FieldReason::ControlCharacter,
            FieldReason::UnknownEnum,
            FieldReason::NotAllowed,
            FieldReason::TooFew,
            FieldReason::TooMany,
            FieldReason::NotUnique,
            FieldReason::OutOfRange,
        ];
        ALL.into_iter().find(|reason| reason.name() == name).unwrap_or(Self::Inconsistent)
    }

    /// The name in upper snake case, as callers see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooShort => "TOO_SHORT",
            Self::TooLong => "TOO_LONG",
            Self::Pattern => "PATTERN",
            Self::Uuid => "UUID",
            Self::Email => "EMAIL",
            Self::Uri => "URI",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::UnknownEnum => "UNKNOWN_ENUM",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::TooFew => "TOO_FEW",
            Self::TooMany => "TOO_MANY",
            Self::NotUnique => "NOT_UNIQUE",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Inconsistent => "INCONSISTENT",
        }
    }
}

/// A message whose fields have rules.
pub trait Validate {
    /// Every broken rule, in the order of the fields; not more than 25.
    fn validate(&self) -> Vec<Violation> {
        let mut checker = Checker::default();
        self.check(&mut checker);
        checker.into_violations()
    }

    /// Walks the fields. Written by `build.rs`.
    fn check(&self, checker: &mut Checker);
}

#[expect(clippy::unreadable_literal, reason = "the limits stand in the contract, for reading there")]
mod generated {
    use std::ops::Bound;

    use super::{
        super::{
            checker::Checker,
            formats::{Format, Pattern, Span, Text},
        },
        Validate,
    };
    use crate::grpc::pb;

    include!(concat!(env!("OUT_DIR"), "/validators.rs"));
}
