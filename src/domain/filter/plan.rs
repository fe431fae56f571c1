//! A checked filter: fields resolved, values typed, functions replaced by their values.

use uuid::Uuid;

use super::pattern::Pattern;
use crate::domain::time::Timestamp;

/// A filter ready to be judged. Every node is either true or false for a record, never unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan<F> {
    /// All hold; true when there are none.
    And(Vec<Plan<F>>),
    /// At least one holds; false when there are none.
    Or(Vec<Plan<F>>),
    /// It does not hold.
    Not(Box<Plan<F>>),
    /// The value of a field, or one of its values, passes a test. A missing value passes none.
    Field(F, Test),
}

impl<F> Plan<F> {
    /// Whether the plan holds for every record, as that of an empty filter does.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }
}

/// What is asked of a single value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A value that is not text is there.
    Present,
    /// A text is there and not empty.
    NotEmpty,
    /// It is this one.
    Equals(Scalar),
    /// It is one of these; never true when there are none.
    In(Vec<Scalar>),
    /// A number or time stands so to this one.
    Compare(Bound, Scalar),
    /// A text fits the pattern. With [`Case::Folded`] the pattern is folded already.
    Like(Case, Pattern),
}

/// A typed value.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Scalar {
    /// An exact word, an id or the stored text of an enum.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Bool(bool),
    /// A point in time.
    Time(Timestamp),
    /// An id that was made, not chosen.
    Uuid(Uuid),
}

/// The four orderings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Bound {
    /// Whether `left` stands so to `right`.
    pub fn holds<T: PartialOrd + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// Whether case matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Exact,
    /// It does not: the text goes through [`fold`](super::fold) first.
    Folded,
}
