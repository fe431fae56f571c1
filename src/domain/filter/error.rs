//! What can be wrong with a filter.

/// Why a filter was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (after {position} characters)")]
pub struct FilterError {
    /// Characters (not bytes) before the place that is wrong.
    pub position: usize,
    /// What sort of mistake it is.
    pub kind: FilterErrorKind,
    /// The mistake in words, for people.
    pub message: String,
}

/// The sorts of mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterErrorKind {
    /// Not the grammar.
    Syntax,
    /// `AND` and `OR` side by side without brackets.
    MixedOperators,
    /// Longer than [`MAX_CHARACTERS`](super::MAX_CHARACTERS).
    TooLong,
    /// More than [`MAX_TERMS`](super::MAX_TERMS).
    TooManyTerms,
    /// Deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// More than [`MAX_VALUES`](super::MAX_VALUES).
    TooManyValues,
    /// The resource has no field of this name.
    UnknownField(String),
    /// There is no function of this name, or not here.
    UnknownFunction(String),
    /// The operator makes no sense for the field.
    OperatorNotAllowed,
    /// The value makes no sense for the field.
    InvalidValue,
}

impl FilterError {
    pub(super) fn new(position: usize, kind: FilterErrorKind, message: impl Into<String>) -> Self {
        Self { position, kind, message: message.into() }
    }

    pub(super) fn syntax(position: usize, message: impl Into<String>) -> Self {
        Self::new(position, FilterErrorKind::Syntax, message)
    }

    pub(super) fn value(position: usize, message: impl Into<String>) -> Self {
        Self::new(position, FilterErrorKind::InvalidValue, message)
    }
}
