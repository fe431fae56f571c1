//! Rules that can never decide: their condition cannot hold on their channel, or a rule before them takes whatever they
//! would.
//!
//! It errs on one side only: what is reported is certain, and some that is certain is not reported.

use super::Rule;
use crate::domain::channel::Channel;
use crate::domain::filter::schema::RouteField;
use crate::domain::filter::{Plan, Record, Test, Value, matches};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Why a rule never decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead<'r> {
    /// Its condition holds for no ticket of the channel.
    Never,
    /// This rule stands before it and holds for every ticket that it holds for.
    Behind(&'r Rule),
}

type Condition = Plan<RouteField>;

/// The rules of a channel that can never decide, in order.
pub fn dead_rules<'r>(
    rules: &'r [Rule],
    channel: &Channel,
    account: &AccountId,
    now: Timestamp,
) -> Vec<(&'r Rule, Dead<'r>)> {
    let (mut dead, mut before): (_, Vec<(&Rule, Vec<Condition>)>) = (Vec::new(), Vec::new());
    for rule in rules.iter().filter(|rule| rule.enabled) {
        // A condition that cannot be read any more holds for nothing.
        let condition = rule.condition(account, now).unwrap_or(Plan::Or(Vec::new()));
        let parts = conjuncts(settled(condition, channel));
        if contradicts(&parts) {
            dead.push((rule, Dead::Never));
            continue;
        }
        match before.iter().find(|(_, wider)| wider.iter().all(|part| parts.contains(part))) {
            Some((earlier, _)) => dead.push((rule, Dead::Behind(earlier))),
            None => before.push((rule, parts)),
        }
    }
    dead
}

/// The channel itself: what of a ticket is the same for all that come on it.
struct OfChannel<'c>(&'c Channel);

impl Record for OfChannel<'_> {
    type Field = RouteField;

    fn value(&self, field: RouteField) -> Value<'_> {
        match field {
            RouteField::Channel => Value::from(self.0.id.as_str()),
            RouteField::Source => Value::from(self.0.kind.code()),
            _ => Value::Missing,
        }
    }
}

const fn everything() -> Condition {
    Plan::And(Vec::new())
}

const fn nothing() -> Condition {
    Plan::Or(Vec::new())
}

fn is_nothing(condition: &Condition) -> bool {
    matches!(condition, Plan::Or(parts) if parts.is_empty())
}

/// The condition with what the channel answers answered.
fn settled(condition: Condition, channel: &Channel) -> Condition {
    match condition {
        Plan::Field(RouteField::Channel | RouteField::Source, _) => {
            if matches(&condition, &OfChannel(channel)) {
                everything()
            } else {
                nothing()
            }
        }
        Plan::Field(..) => condition,
        Plan::Not(inner) => match settled(*inner, channel) {
            inner if inner.is_everything() => nothing(),
            inner if is_nothing(&inner) => everything(),
            inner => Plan::Not(Box::new(inner)),
        },
        Plan::And(parts) => {
            let parts: Vec<_> = parts.into_iter().map(|part| settled(part, channel)).collect();
            if parts.iter().any(is_nothing) {
                return nothing();
            }
            only(parts.into_iter().filter(|part| !part.is_everything()).collect(), Plan::And)
        }
        Plan::Or(parts) => {
            let parts: Vec<_> = parts.into_iter().map(|part| settled(part, channel)).collect();
            if parts.iter().any(Plan::is_everything) {
                return everything();
            }
            only(parts.into_iter().filter(|part| !is_nothing(part)).collect(), Plan::Or)
        }
    }
}

fn only(mut parts: Vec<Condition>, joined: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.swap_remove(0) } else { joined(parts) }
}

/// What must hold, all of it.
fn conjuncts(condition: Condition) -> Vec<Condition> {
    match condition {
        Plan::And(parts) => parts.into_iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

/// Whether these can never hold together.
fn contradicts(parts: &[Condition]) -> bool {
    let excludes = |one: &Condition, other: &Condition| match (one, other) {
        (Plan::Not(inner), other) | (other, Plan::Not(inner)) => **inner == *other,
        (Plan::Field(field, one), Plan::Field(same, other)) => {
            field == same && is_single(*field) && disjoint(one, other)
        }
        _ => false,
    };
    parts.iter().any(is_nothing)
        || parts.iter().enumerate().any(|(index, one)| parts[index + 1..].iter().any(|other| excludes(one, other)))
}

/// Whether the field has one value at most.
const fn is_single(field: RouteField) -> bool {
    !matches!(field, RouteField::Tags | RouteField::ContactEmail)
}

/// Whether no single value passes both.
fn disjoint(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::Equals(one), Test::Equals(other)) => one != other,
        (Test::Equals(value), Test::In(list)) | (Test::In(list), Test::Equals(value)) => !list.contains(value),
        (Test::In(one), Test::In(other)) => !one.iter().any(|value| other.contains(value)),
        _ => false,
    }
}
