//! What lists have in common: the filter and the order that a caller gave, checked.

use crate::domain::filter::schema::{TICKET, TicketField};
use crate::domain::filter::{
    Context, Direction, Expr, FilterError, FilterErrorKind, Plan, Schema, check, parse, parse_order,
};
use crate::domain::ids::TeamId;
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::property::Property;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::properties;

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// In the filter language; empty is everything.
    pub filter: String,
    /// Empty is the list's own order.
    pub order_by: String,
    /// Which page.
    pub page: PageRequest,
}

/// The filter of a list as a plan over the fields of `schema`.
///
/// # Errors
/// [`Rejection::FilterInvalid`], or [`Rejection::FilterField`] for an unknown field.
pub fn plan<F: Clone>(
    service: &Service,
    grant: &Grant,
    schema: &Schema<F>,
    filter: &str,
) -> Result<Plan<F>, Rejection> {
    let expr = parse(filter).map_err(filter_rejection)?;
    checked(service, grant, schema, &expr, &[])
}

/// The same for tickets, whose account adds fields of its own. Asks the database for them only when the filter does.
///
/// # Errors
/// As [`plan`], or the storage's.
pub async fn ticket_plan(service: &Service, grant: &Grant, filter: &str) -> Result<Plan<TicketField>, Rejection> {
    let expr = parse(filter).map_err(filter_rejection)?;
    let properties = if expr.names(PROPERTIES) {
        properties::all(&service.store, grant.account()?).await.map_err(|error| error.rejection())?
    } else {
        Vec::new()
    };
    checked(service, grant, &TICKET, &expr, &properties)
}

/// The field of tickets below which the account's own properties stand.
pub const PROPERTIES: &str = "properties";

fn checked<F: Clone>(
    service: &Service,
    grant: &Grant,
    schema: &Schema<F>,
    expr: &Expr,
    properties: &[Property],
) -> Result<Plan<F>, Rejection> {
    let rights = grant.rights();
    let my_teams: Vec<TeamId> = rights.teams.iter().cloned().collect();
    let context = Context {
        account: grant.account()?,
        me: rights.user.as_ref(),
        my_teams: &my_teams,
        now: service.clock.now(),
        properties,
    };
    check(expr, schema, &context).map_err(filter_rejection)
}

/// The refusal of a filter that does not parse or does not fit its fields.
pub fn filter_rejection(error: FilterError) -> Rejection {
    match error.kind {
        FilterErrorKind::UnknownField(field) => Rejection::FilterField { field },
        _ => Rejection::FilterInvalid { position: error.position, detail: error.message },
    }
}

/// The order of a list: one field of `allowed`, ties by `id` in the same direction, so that one row value tells the
/// place of a row. The id may be written out behind the field.
///
/// # Errors
/// [`Rejection::OrderBy`] for anything else.
#[expect(clippy::needless_pass_by_value, reason = "a field is written where it is given")]
pub fn order<F: Clone + PartialEq>(
    text: &str,
    allowed: &[(&str, F)],
    id: F,
    default: (F, Direction),
) -> Result<(F, Direction), Rejection> {
    let entries = parse_order(text, allowed).map_err(|error| Rejection::OrderBy { field: error.field })?;
    match entries.as_slice() {
        [] => Ok(default),
        [first] => Ok(first.clone()),
        [first, (tie, _)] if *tie == id => Ok(first.clone()),
        [_, (extra, _), ..] => {
            let path = allowed.iter().find(|(_, field)| field == extra).map_or("", |(path, _)| *path);
            Err(Rejection::OrderBy { field: path.to_owned() })
        }
    }
}

/// One page of a short list that is held whole, in ascending order of the text that `key` makes of an entry.
pub fn page_of<T>(all: impl Iterator<Item = T>, key: impl Fn(&T) -> String, page: &PageRequest) -> Page<T> {
    let after = match page.after.as_deref() {
        Some([Place::Text(last)]) => Some(last.clone()),
        _ => None,
    };
    let mut items: Vec<T> = all.filter(|item| after.as_ref().is_none_or(|after| key(item) > *after)).collect();
    let more = items.len() > page.size as usize;
    items.truncate(page.size as usize);
    let next = items.last().filter(|_| more).map(|last| vec![Place::Text(key(last))]);
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Ascending, Descending};

    const ALLOWED: &[(&str, u8)] = &[("number", 1), ("update_time", 2), ("priority", 3)];

    #[test]
    fn a_list_has_one_order_and_its_id_breaks_ties() {
        let order = |text| order(text, ALLOWED, 1, (2, Descending));
        assert_eq!(order(""), Ok((2, Descending)));
        assert_eq!(order("priority"), Ok((3, Ascending)));
        assert_eq!(order("update_time desc, number"), Ok((2, Descending)));
        for (text, field) in [("priority, update_time", "update_time"), ("subject", "subject")] {
            assert_eq!(order(text), Err(Rejection::OrderBy { field: field.to_owned() }));
        }
    }
}
