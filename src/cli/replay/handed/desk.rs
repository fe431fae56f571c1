//! The desk of a replay through a customer agent: the agent with its triggers and a key for its runtime, the people to whom it
//! hands over, and the channel that routes to it. Setting it up a second time changes nothing but the key.

use super::tenth::PHRASES;
use crate::cli::access::new_agent_key;
use crate::cli::furnish::{Furnisher, NewChannel};
use crate::client::{CallError, FieldMask, until_answered};
use crate::grpc::pb::v1::channel_routing::Target;
use crate::grpc::pb::v1::{
    ChannelType, CreateCustomerAgentRequest, CustomerAgent, CustomerAgentTarget, HandoffTriggers,
    UpdateHandoffTriggersRequest,
};
use crate::settings::Secret;

/// Channel of the replay.
pub const CHANNEL: &str = "replay-agent";
const AGENT: &str = "replay-agent";
/// Those who get what is handed over.
const TEAM: &str = "replay-people";
const PEOPLE: usize = 10;

/// Sets the desk up; returns the name of the agent and the key of its runtime.
///
/// # Errors
/// [`CallError`] when the credential may not, or the service cannot be reached.
pub async fn set_up(desk: &Furnisher) -> Result<(String, Secret), CallError> {
    let agent = format!("{}/customerAgents/{AGENT}", desk.account);
    let request = CreateCustomerAgentRequest {
        parent: desk.account.clone(),
        customer_agent: Some(CustomerAgent { display_name: "Replay Agent".to_owned(), ..CustomerAgent::default() }),
        customer_agent_id: AGENT.to_owned(),
        ..CreateCustomerAgentRequest::default()
    };
    let agents = || desk.connection.customer_agents();
    desk.made(async || agents().create_customer_agent(request.clone()).await).await?;
    people(desk).await?;
    desk.hands_over(&agent, TEAM).await?;
    let triggers = HandoffTriggers {
        name: format!("{agent}/handoffTriggers"),
        phrases: PHRASES.iter().map(|phrase| (*phrase).to_owned()).collect(),
        ..HandoffTriggers::default()
    };
    let request = UpdateHandoffTriggersRequest {
        handoff_triggers: Some(triggers),
        update_mask: Some(FieldMask { paths: vec!["phrases".to_owned()] }),
        ..UpdateHandoffTriggersRequest::default()
    };
    let handoffs = || desk.connection.handoffs();
    until_answered(desk.patience, async || handoffs().update_handoff_triggers(request.clone()).await).await?;
    let channel = NewChannel { id: CHANNEL, display_name: CHANNEL, kind: ChannelType::Whatsapp, address: "" };
    desk.channel(channel, Target::CustomerAgent(CustomerAgentTarget { customer_agent: agent.clone() })).await?;
    let key = new_agent_key(&desk.connection, &desk.account, "For one replay", &agent).await?;
    Ok((agent, key))
}

async fn people(desk: &Furnisher) -> Result<(), CallError> {
    desk.team(TEAM, "Replay").await?;
    for number in 1..=PEOPLE {
        let id = format!("replay-person-{number:02}");
        desk.agent(&id, &format!("Replay Person {number}"), &format!("{id}@desk.example")).await?;
        desk.member(TEAM, &id, true).await?;
    }
    Ok(())
}
