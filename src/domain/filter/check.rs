//! The parsed filter against a schema: every name is known, every value has the type of its field.

use super::ast::{Comparison, Expr, Op, Search, Term};
use super::error::{FilterError, FilterErrorKind};
use super::kind::{Field, Schema};
use super::plan::Plan;
use super::property;
use super::resolve::{Context, resolve, search, wrong_call};

/// Turns a parsed filter into a plan for one resource and one caller.
///
/// # Errors
/// [`FilterError`] for unknown fields and functions, and for operators and values that make no sense for their field.
pub fn check<F: Clone>(expr: &Expr, schema: &Schema<F>, context: &Context<'_>) -> Result<Plan<F>, FilterError> {
    let all = |parts: &[Expr]| parts.iter().map(|part| check(part, schema, context)).collect::<Result<Vec<_>, _>>();
    Ok(match expr {
        Expr::And(parts) => Plan::And(all(parts)?),
        Expr::Or(parts) => Plan::Or(all(parts)?),
        Expr::Not(inner) => Plan::Not(Box::new(check(inner, schema, context)?)),
        Expr::Term(Term::Compare(comparison)) => compare(comparison, schema, context)?,
        Expr::Term(Term::Search(word)) => look_for(word, schema)?,
        Expr::Term(Term::Call(call)) => return Err(wrong_call(call)),
    })
}

fn compare<F: Clone>(
    comparison: &Comparison,
    schema: &Schema<F>,
    context: &Context<'_>,
) -> Result<Plan<F>, FilterError> {
    let plan = match schema.find(&comparison.path) {
        Some(field) => resolve(field, comparison, context)?,
        None => property::resolve(comparison, schema, context)?,
    };
    Ok(if comparison.op == Op::NotEqual { Plan::Not(Box::new(plan)) } else { plan })
}

pub(super) fn unknown_field<F>(comparison: &Comparison, schema: &Schema<F>) -> FilterError {
    let path = &comparison.path;
    let known: Vec<_> = schema.fields.iter().map(|Field { path, .. }| *path).collect();
    let message = format!("there is no field `{path}`; there are {}", known.join(", "));
    FilterError::new(comparison.position, FilterErrorKind::UnknownField(path.clone()), message)
}

fn look_for<F: Clone>(word: &Search, schema: &Schema<F>) -> Result<Plan<F>, FilterError> {
    let searched = schema.fields.iter().filter(|field| field.searched);
    let parts: Vec<_> =
        searched.map(|field| Plan::Field(field.id.clone(), search(&field.kind, &word.pattern))).collect();
    if parts.is_empty() {
        let message = "there is no text to search here; write a field, an operator and a value";
        return Err(FilterError::value(word.position, message));
    }
    Ok(Plan::Or(parts))
}
