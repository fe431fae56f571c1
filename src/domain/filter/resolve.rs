//! One comparison against the kind of its field: values get their types, functions their values.

use super::ast::{Call, Comparison, Literal, LiteralKind, Op};
use super::error::{FilterError, FilterErrorKind};
use super::kind::{Enumeration, Field, Kind, Shape};
use super::moment;
use super::names::{actor, reference, relative_name};
use super::pattern::Pattern;
use super::plan::{Bound, Case, Plan, Scalar, Test};
use super::property;
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::property::Property;
use crate::domain::time::Timestamp;

/// Who asks, and when: what the functions of the language stand for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The account whose resources are filtered; names of others are refused.
    pub account: &'a AccountId,
    /// `me()`; nobody when a machine asks, and then `me()` is refused.
    pub me: Option<&'a UserId>,
    /// `my_teams()`
    pub my_teams: &'a [TeamId],
    /// `now()`, and the time from which `ago(..)` counts back.
    pub now: Timestamp,
    /// The properties of the account's tickets; none where nothing asks for them.
    pub properties: &'a [Property],
}

/// The comparison as a plan, without the `not` of `!=`.
pub(super) fn resolve<F: Clone>(
    field: &Field<F>,
    comparison: &Comparison,
    context: &Context<'_>,
) -> Result<Plan<F>, FilterError> {
    let value = &comparison.value;
    let test = match (&field.kind, bound(comparison.op)) {
        (Kind::Number, Some(bound)) => Test::Compare(bound, number(value)?),
        (Kind::Time, Some(bound)) => Test::Compare(bound, time(value, context)?),
        (Kind::Enum(set), Some(bound)) if set.shape == Shape::Ordered => enum_range(set, bound, value)?,
        (_, Some(_)) => return Err(not_ordered(comparison)),
        (kind, None) if is_any(value) => presence(kind),
        (Kind::Text, None) => prose(&within(comparison.op, nonempty(value)?)),
        (Kind::Address, None) => address(&within(comparison.op, nonempty(value)?)),
        (Kind::Keyword, None) => exact(nonempty(value)?),
        (Kind::Name, None) => exact(&relative_name(value, context)?),
        (Kind::Number, None) => Test::Equals(number(value)?),
        (Kind::Bool, None) => Test::Equals(boolean(value)?),
        (Kind::Time, None) => Test::Equals(time(value, context)?),
        (Kind::Enum(set), None) => one_of(set, enum_codes(set, value)?),
        (Kind::Properties(_), None) => property::key(value, context)?,
        (Kind::Actor, None) => exact(&actor(value, context)?),
        (Kind::Reference(target), None) => return reference(field.id.clone(), target, value, context),
    };
    Ok(Plan::Field(field.id.clone(), test))
}

pub(super) fn bound(op: Op) -> Option<Bound> {
    match op {
        Op::Has | Op::Equal | Op::NotEqual => None,
        Op::Less => Some(Bound::Less),
        Op::LessOrEqual => Some(Bound::LessOrEqual),
        Op::Greater => Some(Bound::Greater),
        Op::GreaterOrEqual => Some(Bound::GreaterOrEqual),
    }
}

pub(super) fn not_ordered(comparison: &Comparison) -> FilterError {
    let message = format!("`{}` has no order; use `:`, `=` or `!=`", comparison.path);
    FilterError::new(comparison.op_position, FilterErrorKind::OperatorNotAllowed, message)
}

pub(super) fn is_any(value: &Literal) -> bool {
    matches!(&value.kind, LiteralKind::Text(pattern) if pattern.is_any())
}

fn presence<F>(kind: &Kind<F>) -> Test {
    let text = match kind {
        Kind::Text | Kind::Address | Kind::Keyword | Kind::Name | Kind::Actor | Kind::Properties(_) => true,
        Kind::Enum(set) => set.shape != Shape::Flag,
        // What points to nothing is NULL, which indexes over it say, too.
        Kind::Number | Kind::Bool | Kind::Time | Kind::Reference(_) => false,
    };
    if text { Test::NotEmpty } else { Test::Present }
}

/// `:` looks for the pattern anywhere inside.
pub(super) fn within(op: Op, pattern: &Pattern) -> Pattern {
    if op == Op::Has { pattern.anywhere() } else { pattern.clone() }
}

pub(super) fn prose(pattern: &Pattern) -> Test {
    Test::Like(Case::Folded, pattern.folded())
}

fn address(pattern: &Pattern) -> Test {
    exact(&Pattern::new(pattern.parts().iter().map(|part| part.to_lowercase())))
}

/// A word standing alone, in a field where it is looked for.
pub(super) fn search<F>(kind: &Kind<F>, word: &Pattern) -> Test {
    let pattern = word.anywhere();
    match kind {
        kind if pattern.is_any() => presence(kind),
        Kind::Address => address(&pattern),
        _ => prose(&pattern),
    }
}

fn exact(pattern: &Pattern) -> Test {
    match pattern.as_literal() {
        Some(text) => Test::Equals(Scalar::Text(text.to_owned())),
        None => Test::Like(Case::Exact, pattern.clone()),
    }
}

fn number(value: &Literal) -> Result<Scalar, FilterError> {
    let text = plain(value)?;
    text.parse().map(Scalar::Number).map_err(|_| invalid(value, text, "a whole number"))
}

pub(super) fn boolean(value: &Literal) -> Result<Scalar, FilterError> {
    match plain(value)? {
        text if text.eq_ignore_ascii_case("true") => Ok(Scalar::Bool(true)),
        text if text.eq_ignore_ascii_case("false") => Ok(Scalar::Bool(false)),
        text => Err(invalid(value, text, "true or false")),
    }
}

pub(super) fn time(value: &Literal, context: &Context<'_>) -> Result<Scalar, FilterError> {
    match &value.kind {
        LiteralKind::Call(call) => time_call(call, context).map(Scalar::Time),
        LiteralKind::Text(_) => {
            let text = plain(value)?;
            let wanted = "a time as in RFC 3339, for example 2026-01-31T09:00:00Z, to the microsecond";
            moment::time(text).map(Scalar::Time).ok_or_else(|| invalid(value, text, wanted))
        }
    }
}

fn time_call(call: &Call, context: &Context<'_>) -> Result<Timestamp, FilterError> {
    match (call.name.as_str(), call.args.as_slice()) {
        ("now", []) => Ok(context.now),
        ("ago", [span]) => {
            let text = plain(span)?;
            let wanted = "a duration such as 90s, 15m, 2h or 7d";
            let span = moment::duration(text).ok_or_else(|| invalid(span, text, wanted))?;
            Ok(context.now.minus(span))
        }
        _ => Err(wrong_call(call)),
    }
}

/// The codes whose names fit, with or without the prefix, in any case.
fn enum_codes(set: &Enumeration, value: &Literal) -> Result<Vec<&'static str>, FilterError> {
    let pattern = nonempty(value)?;
    let wanted = Pattern::new(pattern.parts().iter().map(|part| part.to_ascii_uppercase()));
    let fits = |code: &&str| {
        let name = enum_name(code);
        wanted.fits(&name) || wanted.fits(&format!("{}{name}", set.prefix))
    };
    let codes: Vec<_> = set.codes.iter().copied().filter(fits).collect();
    if codes.is_empty() {
        let names: Vec<_> = set.codes.iter().map(|code| enum_name(code)).collect();
        return Err(invalid(value, &pattern.to_string(), &format!("one of {}", names.join(", "))));
    }
    Ok(codes)
}

/// The name in the contract, without its prefix, of a stored value.
fn enum_name(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn one_of(set: &Enumeration, codes: Vec<&str>) -> Test {
    let stored = |code: &str| match set.shape {
        Shape::Flag => Scalar::Bool(set.codes.last() == Some(&code)),
        Shape::Plain | Shape::Ordered => Scalar::Text(code.to_owned()),
    };
    match codes.as_slice() {
        [only] => Test::Equals(stored(only)),
        _ => Test::In(codes.into_iter().map(stored).collect()),
    }
}

fn enum_range(set: &Enumeration, bound: Bound, value: &Literal) -> Result<Test, FilterError> {
    plain(value)?;
    let limit = enum_codes(set, value)?;
    let rank = |code: &str| set.codes.iter().position(|known| *known == code);
    let limit = limit.first().and_then(|code| rank(code));
    Ok(one_of(set, set.codes.iter().copied().filter(|code| bound.holds(&rank(code), &limit)).collect()))
}

/// The text of a value that is not a call and not empty.
pub(super) fn nonempty(value: &Literal) -> Result<&Pattern, FilterError> {
    match &value.kind {
        LiteralKind::Call(call) => Err(wrong_call(call)),
        LiteralKind::Text(pattern) if pattern.is_empty() => {
            let message = "no value is empty; `NOT field:*` finds what has none";
            Err(FilterError::value(value.position, message))
        }
        LiteralKind::Text(pattern) => Ok(pattern),
    }
}

/// The text of a value that has no wildcard either.
pub(super) fn plain(value: &Literal) -> Result<&str, FilterError> {
    let wildcard = || FilterError::value(value.position, "this field takes no `*` beside other characters");
    nonempty(value)?.as_literal().ok_or_else(wildcard)
}

pub(super) fn invalid(value: &Literal, text: &str, wanted: &str) -> FilterError {
    FilterError::value(value.position, format!("`{text}` is not {wanted}"))
}

/// A function that does not exist, or not here, or not with these values.
pub(super) fn wrong_call(call: &Call) -> FilterError {
    let (usage, place) = match call.name.as_str() {
        "me" => ("me()", "users"),
        "my_teams" => ("my_teams()", "teams"),
        "now" => ("now()", "times"),
        "ago" => ("ago(2h)", "times"),
        name => {
            let kind = FilterErrorKind::UnknownFunction(name.to_owned());
            return FilterError::new(call.position, kind, format!("there is no function {name}() here"));
        }
    };
    FilterError::value(call.position, format!("{usage} is for {place}, written just so and right of an operator"))
}
