//! Reading routing decisions, within the caller's reach of their tickets (C-055).

use crate::domain::event::{Actor, Event};
use crate::domain::filter::schema::DECISION;
use crate::domain::ids::{DecisionId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::domain::routing::RecordedDecision;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::service::tickets;
use crate::storage::read::decisions;

/// A decision with what brought it about, as far as the event log still has it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundDecision {
    /// The decision.
    pub decision: RecordedDecision,
    /// Its event.
    pub event: Option<Event>,
    /// Who began the chain that led to it.
    pub root_actor: Option<Actor>,
}

/// One decision.
///
/// # Errors
/// [`Rejection::NotFound`] when it or its ticket is absent or invisible.
pub async fn get(
    service: &Service,
    grant: &Grant,
    ticket: TicketNumber,
    id: DecisionId,
) -> Result<FoundDecision, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::NotFound { resource: Name::Decision(ticket, id).within(account) };
    tickets::get(service, grant, ticket).await.map_err(|refused| match refused {
        Rejection::NotFound { .. } => missing(),
        other => other,
    })?;
    let found = decisions::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let decision = found.filter(|decision| decision.ticket == ticket).ok_or_else(missing)?;
    with_cause(service, grant, decision).await
}

/// One page of the decisions on one ticket, or on every ticket within reach, oldest first.
///
/// # Errors
/// [`Rejection::NotFound`] for a ticket that is absent or invisible, a filter that is none, or the storage's.
pub async fn list(
    service: &Service,
    grant: &Grant,
    ticket: Option<TicketNumber>,
    query: &ListQuery,
) -> Result<Page<FoundDecision>, Rejection> {
    let account = grant.account()?;
    let filter = page::plan(service, grant, &DECISION, &query.filter)?;
    if let Some(number) = ticket {
        tickets::get(service, grant, number).await?;
    }
    let page = decisions::list(&service.store, account, grant.rights(), ticket, &filter, &query.page)
        .await
        .map_err(|error| error.rejection())?;
    Ok(Page { items: with_causes(service, grant, page.items).await?, next: page.next })
}

/// Adds to a decision its event and who began the chain.
pub(super) async fn with_cause(
    service: &Service,
    grant: &Grant,
    decision: RecordedDecision,
) -> Result<FoundDecision, Rejection> {
    let found = with_causes(service, grant, vec![decision]).await?.pop();
    found.ok_or_else(|| Rejection::Internal("a decision got lost".to_owned()))
}

/// Two statements, however many decisions there are.
async fn with_causes(
    service: &Service,
    grant: &Grant,
    found: Vec<RecordedDecision>,
) -> Result<Vec<FoundDecision>, Rejection> {
    let own = events(service, grant, found.iter().map(|decision| decision.sequence).collect()).await?;
    let roots = events(service, grant, own.values().map(|event| event.cause_root).collect()).await?;
    let complete = |decision: RecordedDecision| {
        let event = own.get(&decision.sequence).cloned();
        let root_actor = event.as_ref().and_then(|event| roots.get(&event.cause_root)).map(|root| root.actor.clone());
        FoundDecision { decision, event, root_actor }
    };
    Ok(found.into_iter().map(complete).collect())
}

async fn events(
    service: &Service,
    grant: &Grant,
    sequences: Vec<i64>,
) -> Result<std::collections::HashMap<i64, Event>, Rejection> {
    decisions::events(&service.store, grant.account()?, sequences).await.map_err(|error| error.rejection())
}
