//! Values that point to something: ids, full names, and the functions that stand for people.

use super::ast::{Call, Literal, LiteralKind};
use super::error::FilterError;
use super::kind::{IdKind, Parent, Reference};
use super::pattern::Pattern;
use super::plan::{Plan, Scalar, Test};
use super::resolve::{Context, invalid, nonempty, plain, wrong_call};
use crate::domain::event::Actor;
use crate::domain::ids::{AccessKeyId, ContactId, CustomerAgentId, TicketNumber, UserId, is_chosen_id};

/// The name below the account, which is how names are stored in fields that may point to anything.
pub(super) fn relative_name(value: &Literal, context: &Context<'_>) -> Result<Pattern, FilterError> {
    let pattern = nonempty(value)?;
    let mut parts = pattern.parts().to_vec();
    if let Some(first) = parts.first_mut().filter(|first| first.starts_with("accounts/")) {
        *first = below_account(first, value.position, context)?.to_owned();
    }
    Ok(Pattern::new(parts))
}

fn below_account<'n>(name: &'n str, position: usize, context: &Context<'_>) -> Result<&'n str, FilterError> {
    name.strip_prefix("accounts/")
        .and_then(|rest| rest.strip_prefix(context.account.as_str()))
        .and_then(|rest| rest.strip_prefix('/'))
        .ok_or_else(|| FilterError::value(position, format!("only names below accounts/{} can match", context.account)))
}

pub(super) fn reference<F: Clone>(
    field: F,
    target: &Reference<F>,
    value: &Literal,
    context: &Context<'_>,
) -> Result<Plan<F>, FilterError> {
    let text = match &value.kind {
        LiteralKind::Call(call) => return people(target, call, context).map(|test| Plan::Field(field, test)),
        LiteralKind::Text(_) => plain(value)?,
    };
    let ids =
        if text.contains('/') { split_name(target, text, value, context)? } else { Ids { upper: None, own: text } };
    let own = Plan::Field(field, Test::Equals(id(target.id, target.collection, ids.own, value)?));
    let Some((parent, upper)) = ids.upper else {
        return Ok(own);
    };
    let upper = id(parent.id, parent.collection, upper, value)?;
    Ok(Plan::And(vec![Plan::Field(parent.field.clone(), Test::Equals(upper)), own]))
}

/// The ids in a name: the upper one, if there is a level between, and its own.
struct Ids<'a, F: 'static> {
    upper: Option<(&'a Parent<F>, &'a str)>,
    own: &'a str,
}

fn split_name<'a, F>(
    target: &'a Reference<F>,
    name: &'a str,
    value: &Literal,
    context: &Context<'_>,
) -> Result<Ids<'a, F>, FilterError> {
    let path = below_account(name, value.position, context)?;
    let parts: Vec<&str> = path.split('/').collect();
    match (&target.parent, parts.as_slice()) {
        (None, [collection, own]) if *collection == target.collection => Ok(Ids { upper: None, own }),
        (Some(parent), [above, upper, collection, own])
            if *above == parent.collection && *collection == target.collection =>
        {
            Ok(Ids { upper: Some((parent, upper)), own })
        }
        _ => Err(invalid(value, name, &format!("the name of one of the {}", target.collection))),
    }
}

/// The stored `kind:id`: from `me()`, from the full name of a user, access key, customer agent or contact, or as it is.
pub(super) fn actor(value: &Literal, context: &Context<'_>) -> Result<Pattern, FilterError> {
    let known = "a user, me(), the full name of a user, access key, customer agent or contact, or a code such as \
                 system:router";
    let code = match &value.kind {
        LiteralKind::Call(call) => format!("user:{}", me(call, context)?),
        LiteralKind::Text(pattern) => match pattern.as_literal() {
            Some(text) if is_chosen_id(text) => format!("user:{text}"),
            Some(text) if text.contains('/') => actor_of(text, value, context)?,
            Some(text) if Actor::from_code(text).is_some() => text.to_owned(),
            None if !pattern.parts().iter().any(|part| part.contains('/')) => return Ok(pattern.clone()),
            _ => return Err(invalid(value, &pattern.to_string(), known)),
        },
    };
    Ok(Pattern::new([code]))
}

fn actor_of(name: &str, value: &Literal, context: &Context<'_>) -> Result<String, FilterError> {
    let path = below_account(name, value.position, context)?;
    let code = path.split_once('/').and_then(|(collection, id)| match collection {
        "users" => UserId::parse(id).ok().map(Actor::User),
        "accessKeys" => AccessKeyId::parse(id).ok().map(Actor::AccessKey),
        "customerAgents" => CustomerAgentId::parse(id).ok().map(Actor::CustomerAgent),
        "contacts" => ContactId::parse(id).ok().map(Actor::Contact),
        _ => None,
    });
    code.map(|actor| actor.code())
        .ok_or_else(|| invalid(value, name, "the name of a user, access key, customer agent or contact"))
}

/// `me()` for users, `my_teams()` for teams.
fn people<F>(target: &Reference<F>, call: &Call, context: &Context<'_>) -> Result<Test, FilterError> {
    match (call.name.as_str(), target.collection, call.args.as_slice()) {
        (_, "users", _) => Ok(Test::Equals(Scalar::Text(me(call, context)?.to_string()))),
        ("my_teams", "teams", []) => {
            Ok(Test::In(context.my_teams.iter().map(|team| Scalar::Text(team.to_string())).collect()))
        }
        _ => Err(wrong_call(call)),
    }
}

fn me<'c>(call: &Call, context: &Context<'c>) -> Result<&'c UserId, FilterError> {
    if call.name != "me" || !call.args.is_empty() {
        return Err(wrong_call(call));
    }
    let nobody = || FilterError::value(call.position, "me() is nobody here: the caller is not a person");
    context.me.ok_or_else(nobody)
}

fn id(kind: IdKind, collection: &str, text: &str, value: &Literal) -> Result<Scalar, FilterError> {
    let id = match kind {
        IdKind::Chosen => is_chosen_id(text).then(|| Scalar::Text(text.to_owned())),
        IdKind::Uuid => ContactId::parse(text).ok().map(|id| Scalar::Uuid(id.0)),
        IdKind::TicketNumber => TicketNumber::parse(text).ok().map(|number| Scalar::Number(number.0)),
    };
    id.ok_or_else(|| invalid(value, text, &format!("an id or name of one of the {collection}")))
}
