//! What happened to a ticket, as long as there is the ticket (C4).

use crate::domain::event::Event;
use crate::domain::filter::Direction;
use crate::domain::filter::schema::{EVENT, EventField};
use crate::domain::ids::TicketNumber;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::events::{Origins, origins};
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::storage::read::history;

/// One page of changes, and who began their chains.
#[derive(Debug)]
pub struct Changes {
    /// The changes.
    pub page: Page<Event>,
    /// Who began their chains.
    pub origins: Origins,
}

/// One page of the changes of a ticket that the caller may view.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or invisible, a filter or an order that is not one, or the storage's.
pub async fn changes(
    service: &Service,
    grant: &Grant,
    number: TicketNumber,
    query: &ListQuery,
) -> Result<Changes, Rejection> {
    let plan = page::plan(service, grant, &EVENT, &query.filter)?;
    let (sequence, newest) = (EventField::Sequence, (EventField::Sequence, Direction::Descending));
    let (_, direction) = page::order(&query.order_by, &[("sequence", sequence)], sequence, newest)?;
    super::get(service, grant, number).await?;
    let account = grant.account()?;
    let found = history::of_ticket(&service.store, account, number, &plan, direction, &query.page).await;
    let page = found.map_err(|error| error.rejection())?;
    let origins = origins(service, account, &page.items).await?;
    Ok(Changes { page, origins })
}
