//! Customer agents on the wire.

use crate::domain::customer_agent::PauseReason;
use crate::domain::ids::{AccountId, CustomerAgentId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::customer_agents::{Create, Delete, Pause, Shown, Update};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

const CHANGEABLE: [&str; 1] = ["display_name"];
const OUTPUT_ONLY: [&str; 7] = ["name", "state", "pause_reasons", "pause_time", "create_time", "update_time", "etag"];

/// A customer agent as callers see it.
pub fn customer_agent(account: &AccountId, shown: &Shown) -> v1::CustomerAgent {
    let Shown { agent, pauses } = shown;
    let works = pauses.is_empty();
    let state = if works { v1::CustomerAgentState::Active } else { v1::CustomerAgentState::Paused };
    v1::CustomerAgent {
        name: Name::CustomerAgent(agent.id.clone()).within(account),
        display_name: agent.display_name.clone(),
        state: state.into(),
        pause_reasons: pauses.iter().map(|reason| pause_reason(*reason).into()).collect(),
        pause_time: agent.pause_time.map(timestamp),
        create_time: Some(timestamp(agent.create_time)),
        update_time: Some(timestamp(agent.update_time)),
        etag: etag(agent.version),
    }
}

fn pause_reason(reason: PauseReason) -> v1::CustomerAgentPauseReason {
    match reason {
        PauseReason::ByHand => v1::CustomerAgentPauseReason::ByHand,
        PauseReason::NoCredits => v1::CustomerAgentPauseReason::NoCredits,
        PauseReason::Subscription => v1::CustomerAgentPauseReason::Subscription,
    }
}

/// The use case of a `CreateCustomerAgent` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateCustomerAgentRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let agent = name::required("customer_agent", request.customer_agent)?;
    Ok(Create {
        id: (!request.customer_agent_id.is_empty()).then(|| CustomerAgentId::stored(request.customer_agent_id)),
        display_name: display_name("customer_agent.display_name", &agent.display_name)?,
    })
}

/// The use case of an `UpdateCustomerAgent` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateCustomerAgentRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let agent = name::required("customer_agent", request.customer_agent)?;
    let renamed = paths.contains(&"display_name");
    let field = "customer_agent.display_name";
    Ok(Update {
        agent: name::customer_agent(grant, "customer_agent.name", &agent.name)?,
        display_name: renamed.then(|| display_name(field, &agent.display_name)).transpose()?,
        etag: version_of(&agent.etag),
    })
}

/// The use case of a `DeleteCustomerAgent` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteCustomerAgentRequest) -> Result<Delete, Rejection> {
    let v1::DeleteCustomerAgentRequest { name: agent, etag, .. } = request;
    Ok(Delete { agent: name::customer_agent(grant, "name", &agent)?, etag: version_of(&etag) })
}

/// The use case of a `PauseCustomerAgent` request.
///
/// # Errors
/// A name that is none.
pub fn pause(grant: &Grant, request: v1::PauseCustomerAgentRequest) -> Result<Pause, Rejection> {
    let v1::PauseCustomerAgentRequest { name: agent, etag, .. } = request;
    Ok(Pause { agent: name::customer_agent(grant, "name", &agent)?, paused: true, etag: version_of(&etag) })
}

/// The use case of a `ResumeCustomerAgent` request.
///
/// # Errors
/// A name that is none.
pub fn resume(grant: &Grant, request: v1::ResumeCustomerAgentRequest) -> Result<Pause, Rejection> {
    let v1::ResumeCustomerAgentRequest { name: agent, etag, .. } = request;
    Ok(Pause { agent: name::customer_agent(grant, "name", &agent)?, paused: false, etag: version_of(&etag) })
}
