//! Reading tickets within the caller's reach (R-010, C-004).

use crate::domain::access::{Level, Reach, Use, covers};
use crate::domain::filter::schema::{TICKET_ORDER, TicketField};
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{TeamId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::property::Property;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::view::ViewKey;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::service::views;
use crate::storage::read;
use crate::storage::read::property_order::PropertyOrder;
use crate::storage::read::tickets::{Listed, TicketOrder};
use std::collections::{BTreeMap, BTreeSet};

/// One ticket.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or invisible.
pub async fn get(service: &Service, grant: &Grant, number: TicketNumber) -> Result<Ticket, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::NotFound { resource: Name::Ticket(number).within(account) };
    let found = read::tickets::get(&service.store, account, number).await.map_err(|error| error.rejection())?;
    let ticket = found.ok_or_else(missing)?;
    if visible(service, grant, &ticket).await? { Ok(ticket) } else { Err(missing()) }
}

/// Whether the caller may view the ticket. Asks the database for the owner's teams only where they matter.
///
/// # Errors
/// The storage's.
pub async fn visible(service: &Service, grant: &Grant, ticket: &Ticket) -> Result<bool, Rejection> {
    let rights = grant.rights();
    let stranger = ticket.owner.as_ref().filter(|owner| Some(*owner) != rights.user.as_ref());
    let teams = match stranger {
        Some(owner) if rights.view.level == Level::Team => teams_of(service, grant, owner).await?,
        _ => BTreeSet::new(),
    };
    let owner = ticket.owner.as_ref().map(|owner| (owner, &teams));
    Ok(covers(rights, Use::View, Reach { owner, teams: &ticket.teams, shares: &ticket.life.shares }))
}

async fn teams_of(service: &Service, grant: &Grant, user: &UserId) -> Result<BTreeSet<TeamId>, Rejection> {
    let rows =
        read::principal::user(&service.store, grant.account()?, user).await.map_err(|error| error.rejection())?;
    Ok(rows.map(|(_, _, teams)| teams).unwrap_or_default())
}

/// A filter of tickets, checked.
///
/// # Errors
/// A filter that is not one, or the storage's.
pub async fn plan_of(service: &Service, grant: &Grant, filter: &str) -> Result<Plan<TicketField>, Rejection> {
    page::ticket_plan(service, grant, filter).await
}

/// An order of tickets, checked; empty is by the last change, newest first. Asks the database for the account's
/// properties only when the order names one.
///
/// # Errors
/// [`Rejection::OrderBy`], or the storage's.
pub async fn order_of(service: &Service, grant: &Grant, text: &str) -> Result<(TicketOrder, Direction), Rejection> {
    let properties = if text.contains(PROPERTY_PATH) {
        read::properties::all(&service.store, grant.account()?).await.map_err(|error| error.rejection())?
    } else {
        Vec::new()
    };
    let own: Vec<_> = properties.iter().filter_map(|one| Some((property_path(one), PropertyOrder::of(one)?))).collect();
    let own = own.iter().map(|(path, order)| (path.as_str(), TicketOrder::Property(order.clone())));
    let fixed = TICKET_ORDER.iter().map(|(path, field)| (*path, order_by_field(field)));
    let allowed: Vec<(&str, TicketOrder)> = fixed.chain(own).collect();
    page::order(text, &allowed, TicketOrder::Number, (TicketOrder::UpdateTime, Direction::Descending))
}

/// How the path of a property begins.
const PROPERTY_PATH: &str = "properties.";

fn property_path(property: &Property) -> String {
    format!("{PROPERTY_PATH}{}", property.id)
}

fn order_by_field(field: &TicketField) -> TicketOrder {
    match field {
        TicketField::CreateTime => TicketOrder::CreateTime,
        TicketField::UpdateTime => TicketOrder::UpdateTime,
        TicketField::Priority => TicketOrder::Priority,
        _ => TicketOrder::Number,
    }
}

/// One page of the tickets within the caller's reach, with `deleted` the deleted ones too.
///
/// # Errors
/// A filter or an order that is not one, or the storage's.
pub async fn list(
    service: &Service,
    grant: &Grant,
    query: &ListQuery,
    deleted: bool,
    view: Option<&ViewKey>,
) -> Result<Page<Ticket>, Rejection> {
    let own = plan_of(service, grant, &query.filter).await?;
    let (filter, order_by) = match view {
        None => (own, query.order_by.clone()),
        Some(key) => {
            let (filter, order_by) = views::query(service, grant, key).await?;
            let shown = plan_of(service, grant, &filter).await?;
            (Plan::And(vec![shown, own]), if query.order_by.is_empty() { order_by } else { query.order_by.clone() })
        }
    };
    let order = order_of(service, grant, &order_by).await?;
    let account = grant.account()?;
    let listed = Listed { filter: &filter, deleted };
    read::tickets::list(&service.store, account, grant.rights(), &listed, order, &query.page)
        .await
        .map_err(|error| error.rejection())
}

/// Several tickets, each for itself, in the order in which they are asked for.
///
/// # Errors
/// The storage's. A ticket that is absent or invisible is [`Rejection::NotFound`] in its own place.
pub async fn many(
    service: &Service,
    grant: &Grant,
    numbers: &[TicketNumber],
) -> Result<Vec<Result<Ticket, Rejection>>, Rejection> {
    let account = grant.account()?;
    let found = read::tickets::many(&service.store, account, grant.rights(), numbers).await;
    let mut found: BTreeMap<_, _> =
        found.map_err(|error| error.rejection())?.into_iter().map(|ticket| (ticket.number, ticket)).collect();
    let missing = |number| Rejection::NotFound { resource: Name::Ticket(number).within(account) };
    Ok(numbers.iter().map(|number| found.remove(number).ok_or_else(|| missing(*number))).collect())
}
