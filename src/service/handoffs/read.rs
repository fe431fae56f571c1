//! Reading hand-offs: with the conversation that they are about, and those that are offered to the caller; a customer agent
//! those that it asked for or got back.

use crate::domain::filter::Direction;
use crate::domain::filter::schema::{HANDOFF, HANDOFF_ORDER, HandoffField};
use crate::domain::handoff::Handoff;
use crate::domain::ids::HandoffId;
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::conversations::{Reader, conversation};
use crate::service::grant::Grant;
use crate::service::page::{ListQuery, order, plan};
use crate::storage::read::handoffs::{self, Of};

/// One hand-off.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: HandoffId) -> Result<Handoff, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::NotFound { resource: Name::Handoff(id).within(account) };
    let found = handoffs::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let found = found.ok_or_else(missing)?;
    if let Some(agent) = grant.caller().customer_agent() {
        return if found.is_of(agent) { Ok(found) } else { Err(missing()) };
    }
    if grant.rights().user.as_ref().is_some_and(|user| found.is_offered_to(user)) {
        return Ok(found);
    }
    match conversation(service, grant, found.conversation).await {
        Ok(_) => Ok(found),
        Err(Rejection::NotFound { .. }) => Err(missing()),
        Err(other) => Err(other),
    }
}

/// One page of hand-offs, the latest first.
///
/// # Errors
/// A filter or an order that does not hold, and the storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Handoff>, Rejection> {
    let plan = plan(service, grant, &HANDOFF, &query.filter)?;
    let latest = (HandoffField::CreateTime, Direction::Descending);
    let order = order(&query.order_by, HANDOFF_ORDER, HandoffField::CreateTime, latest)?;
    let reader = Reader::of(service, grant).await?;
    let of = match grant.caller().customer_agent() {
        Some(agent) => Of::Agent(grant.account()?, agent),
        None => Of::Viewer(reader.viewer(grant)?),
    };
    let page = handoffs::list(&service.store, of, &plan, order, &query.page).await;
    page.map_err(|error| error.rejection())
}
