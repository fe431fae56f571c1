//! Reading customer agents.

use crate::domain::customer_agent::{Credits, CustomerAgent, PauseReason};
use crate::domain::ids::{ConversationId, CustomerAgentId, MessageId};
use crate::domain::names::Name;
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::accounts;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;
use crate::storage::read::{customer_agents, turns};

/// A customer agent, and what keeps it from working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The customer agent.
    pub agent: CustomerAgent,
    /// Why it is paused; empty while it works.
    pub pauses: Vec<PauseReason>,
}

/// One customer agent.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &CustomerAgentId) -> Result<Shown, Rejection> {
    let account = grant.account()?;
    let found = customer_agents::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let agent =
        found.ok_or_else(|| Rejection::NotFound { resource: Name::CustomerAgent(id.clone()).within(account) })?;
    let bought = accounts::get(service, grant, account).await?;
    let pauses = agent.pauses(bought.account.tier, bought.credits());
    Ok(Shown { agent, pauses })
}

/// One page of customer agents, by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &ListQuery) -> Result<Page<Shown>, Rejection> {
    let account = grant.account()?;
    let page = customer_agents::list(&service.store, account, &query.page).await.map_err(|error| error.rejection())?;
    let bought = accounts::get(service, grant, account).await?;
    let (tier, credits): (_, Credits) = (bought.account.tier, bought.credits());
    let shown = |agent: CustomerAgent| Shown { pauses: agent.pauses(tier, credits), agent };
    Ok(Page { items: page.items.into_iter().map(shown).collect(), next: page.next })
}

/// The newest message of a conversation, for a write that looks at it.
///
/// # Errors
/// The storage's.
pub async fn newest_message(
    service: &Service,
    grant: &Grant,
    id: ConversationId,
) -> Result<Option<MessageId>, Rejection> {
    turns::newest(&service.store, grant.account()?, id).await.map_err(|error| error.rejection())
}
