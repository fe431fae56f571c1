//! Judging a plan in memory: for streams, and as the yardstick for the SQL of the storage layer.

use std::borrow::Cow;

use uuid::Uuid;

use super::pattern::fold;
use super::plan::{Case, Plan, Scalar, Test};
use crate::domain::time::Timestamp;

/// Something that filters can be judged on.
pub trait Record {
    /// What its fields are called.
    type Field: Clone;

    /// The value of a field.
    fn value(&self, field: Self::Field) -> Value<'_>;
}

/// The value of a field of one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is none; an empty text or list counts as none too.
    Missing,
    /// Text as it is, not folded.
    Text(Cow<'a, str>),
    /// A whole number.
    Number(i64),
    /// True or false.
    Bool(bool),
    /// A point in time.
    Time(Timestamp),
    /// An id that was made, not chosen.
    Uuid(Uuid),
    /// Several values.
    List(Vec<Value<'a>>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Missing, Self::from)
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Missing, Self::Time)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}

impl From<Option<Uuid>> for Value<'_> {
    fn from(id: Option<Uuid>) -> Self {
        id.map_or(Self::Missing, Self::Uuid)
    }
}

/// Whether the record passes the filter.
pub fn matches<R: Record>(plan: &Plan<R::Field>, record: &R) -> bool {
    match plan {
        Plan::And(parts) => parts.iter().all(|part| matches(part, record)),
        Plan::Or(parts) => parts.iter().any(|part| matches(part, record)),
        Plan::Not(inner) => !matches(inner, record),
        Plan::Field(field, test) => passes(test, &record.value(field.clone())),
    }
}

fn passes(test: &Test, value: &Value<'_>) -> bool {
    match value {
        Value::Missing => false,
        Value::Text(found) if found.is_empty() => false,
        Value::List(values) => values.iter().any(|value| passes(test, value)),
        value => match test {
            Test::Present | Test::NotEmpty => true,
            Test::Equals(wanted) => equals(wanted, value),
            Test::In(wanted) => wanted.iter().any(|wanted| equals(wanted, value)),
            Test::Compare(bound, limit) => match (value, limit) {
                (Value::Number(value), Scalar::Number(limit)) => bound.holds(value, limit),
                (Value::Time(value), Scalar::Time(limit)) => bound.holds(value, limit),
                _ => false,
            },
            Test::Like(case, pattern) => match (value, case) {
                (Value::Text(found), Case::Exact) => pattern.fits(found),
                (Value::Text(found), Case::Folded) => pattern.fits(&fold(found)),
                _ => false,
            },
        },
    }
}

fn equals(wanted: &Scalar, value: &Value<'_>) -> bool {
    match (wanted, value) {
        (Scalar::Text(wanted), Value::Text(found)) => wanted == found,
        (Scalar::Number(wanted), Value::Number(number)) => wanted == number,
        (Scalar::Bool(wanted), Value::Bool(bool)) => wanted == bool,
        (Scalar::Time(wanted), Value::Time(time)) => wanted == time,
        (Scalar::Uuid(wanted), Value::Uuid(id)) => wanted == id,
        _ => false,
    }
}
