//! Which triggers would fire, without effect.

use std::collections::BTreeSet;

use super::read::get;
use crate::domain::ids::{ConversationId, CustomerAgentId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{Facts, Fired, Signals, fired};
use crate::domain::turns::Stretch;
use crate::service::Service;
use crate::service::conversations::conversation;
use crate::service::grant::Grant;
use crate::storage::read::turns;

/// What to judge; what is empty did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluate {
    /// By whose triggers.
    pub agent: CustomerAgentId,
    /// Whose counts are taken; none: nothing was counted yet.
    pub conversation: Option<ConversationId>,
    /// What the visitor wrote.
    pub said: String,
    /// What the agent would answer.
    pub draft: String,
    /// What the runtime would say.
    pub signals: Signals,
}

/// Everything that would fire.
///
/// # Errors
/// [`Rejection::NotFound`] for an agent that is not there, or is not the one that asks; [`Rejection::ReferenceNotFound`] for
/// a conversation that it never had, or that the caller does not see.
pub async fn evaluate(service: &Service, grant: &Grant, asked: Evaluate) -> Result<Vec<Fired>, Rejection> {
    let missing = || Rejection::NotFound {
        resource: grant
            .account()
            .map(|account| Name::HandoffTriggers(asked.agent.clone()).within(account))
            .unwrap_or_default(),
    };
    if grant.caller().customer_agent().is_some_and(|own| *own != asked.agent) {
        return Err(missing());
    }
    let shown = get(service, grant, &asked.agent).await.map_err(|other| match other {
        Rejection::NotFound { .. } => missing(),
        other => other,
    })?;
    let mut stretch = match asked.conversation {
        Some(id) => counted(service, grant, &asked.agent, id).await?,
        None => Stretch::new(asked.agent.clone(), 0),
    };
    let triggers = &shown.agent.triggers;
    stretch.hear(asked.signals, triggers);
    let now = service.clock.now();
    let before = stretch.facts(now);
    if !asked.draft.is_empty() {
        stretch.answer(&asked.draft);
    }
    let after = stretch.facts(now);
    let facts = Facts {
        said: &asked.said,
        signals: asked.signals,
        paused: !shown.pauses.is_empty(),
        answers: after.answers,
        same_answers: after.same_answers,
        ..before
    };
    Ok(fired(triggers, &facts))
}

/// What was counted in a conversation that the agent has or had.
async fn counted(
    service: &Service,
    grant: &Grant,
    agent: &CustomerAgentId,
    id: ConversationId,
) -> Result<Stretch, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::ReferenceNotFound {
        field: "conversation".to_owned(),
        resource: Name::Conversation(id).within(account),
    };
    let found = if grant.caller().customer_agent().is_some() {
        let found = turns::some(&service.store, account, &BTreeSet::from([id])).await;
        found.map_err(|error| error.rejection())?.pop().ok_or_else(missing)?
    } else {
        conversation(service, grant, id).await.map_err(|_| missing())?
    };
    found.stretch.filter(|stretch| stretch.agent == *agent).map(|stretch| *stretch).ok_or_else(missing)
}
