//! Fields that an account defines itself: the properties of its tickets, written `properties.order_id`.

use super::ast::{Comparison, Literal, LiteralKind};
use super::check::unknown_field;
use super::error::FilterError;
use super::kind::{Kind, PropertyField, Schema};
use super::plan::{Plan, Scalar, Test};
use super::resolve::{Context, boolean, bound, invalid, is_any, nonempty, not_ordered, plain, prose, time, within};
use crate::domain::property::{Decimal, Property, PropertyKind};
use crate::domain::time::Day;

/// The comparison of a property with a value, without the `not` of `!=`.
pub(super) fn resolve<F: Clone>(
    comparison: &Comparison,
    schema: &Schema<F>,
    context: &Context<'_>,
) -> Result<Plan<F>, FilterError> {
    let unknown = || unknown_field(comparison, schema);
    let (map, id) = comparison.path.split_once('.').ok_or_else(unknown)?;
    let field = schema.find(map).ok_or_else(unknown)?;
    let Kind::Properties(make) = &field.kind else { return Err(unknown()) };
    let property = context.properties.iter().find(|property| property.id.as_str() == id).ok_or_else(unknown)?;
    let test = test(property, comparison, context)?;
    Ok(Plan::Field(make(PropertyField { id: property.id.clone(), kind: property.kind }), test))
}

/// That a ticket says anything in the property of this name.
pub(super) fn key(value: &Literal, context: &Context<'_>) -> Result<Test, FilterError> {
    let id = plain(value)?;
    let known = context.properties.iter().any(|property| property.id.as_str() == id);
    if known { Ok(Test::Equals(Scalar::Text(id.to_owned()))) } else { Err(invalid(value, id, "the id of a property")) }
}

fn test(property: &Property, comparison: &Comparison, context: &Context<'_>) -> Result<Test, FilterError> {
    use PropertyKind as P;
    let (value, op) = (&comparison.value, comparison.op);
    Ok(match (property.kind, bound(op)) {
        (P::Number, Some(bound)) => Test::Compare(bound, number(value)?),
        (P::Date, Some(bound)) => Test::Compare(bound, day(value, context)?),
        (_, Some(_)) => return Err(not_ordered(comparison)),
        (_, None) if is_any(value) => Test::Present,
        (P::Text, None) => prose(&within(op, nonempty(value)?)),
        (P::Number, None) => Test::Equals(number(value)?),
        (P::Boolean, None) => Test::Equals(flag(value)?),
        (P::Date, None) => Test::Equals(day(value, context)?),
        (P::Choice | P::Choices, None) => chosen(property, value)?,
    })
}

/// Held and compared as an integer that sorts like it.
fn number(value: &Literal) -> Result<Scalar, FilterError> {
    let text = plain(value)?;
    let number = text.parse().ok().and_then(Decimal::new);
    number.map(|number| Scalar::Number(number.rank())).ok_or_else(|| invalid(value, text, "a number"))
}

fn flag(value: &Literal) -> Result<Scalar, FilterError> {
    match boolean(value)? {
        Scalar::Bool(flag) => Ok(Scalar::Number(i64::from(flag))),
        other => Ok(other),
    }
}

fn day(value: &Literal, context: &Context<'_>) -> Result<Scalar, FilterError> {
    let day = match &value.kind {
        LiteralKind::Call(_) => match time(value, context)? {
            Scalar::Time(time) => Some(Day::of(time)),
            _ => None,
        },
        LiteralKind::Text(_) => Day::parse(plain(value)?),
    };
    let wanted = "a day such as 2026-01-31, now() or ago(7d)";
    let text = if let LiteralKind::Text(pattern) = &value.kind { pattern.to_string() } else { String::new() };
    day.map(|day| Scalar::Number(day.number())).ok_or_else(|| invalid(value, &text, wanted))
}

/// The choices that fit, the archived ones among them: tickets may still have them.
fn chosen(property: &Property, value: &Literal) -> Result<Test, FilterError> {
    let pattern = nonempty(value)?;
    let fitting: Vec<&str> =
        property.choices.iter().map(|choice| choice.value.as_str()).filter(|value| pattern.fits(value)).collect();
    let stored = |value: &str| Scalar::Text(value.to_owned());
    match fitting.as_slice() {
        [] => {
            let known: Vec<&str> = property.choices.iter().map(|choice| choice.value.as_str()).collect();
            Err(invalid(value, &pattern.to_string(), &format!("one of {}", known.join(", "))))
        }
        [only] => Ok(Test::Equals(stored(only))),
        several => Ok(Test::In(several.iter().map(|value| stored(value)).collect())),
    }
}
