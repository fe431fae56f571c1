//! A customer agent that hands conversations over: on a channel of its own, to the team, and with a key for its runtime.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::access_service_client::AccessServiceClient;
use helpdesk::grpc::pb::v1::customer_agent_service_client::CustomerAgentServiceClient;
use helpdesk::grpc::pb::v1::handoff_service_client::HandoffServiceClient;
use helpdesk::grpc::pb::v1::{
    self as api, AccessKey, ChannelType, CustomerAgent, CustomerAgentTarget, HandoffPolicy, HandoffProcess,
    HandoffTargets, HandoffText, HandoffTriggers, channel_routing::Target, handoff_policy::Assignment,
};
use tonic::transport::Channel;

use super::accounts::{Account, TEAM, new_channel, said, set_routing};
use super::desk::mask;
use crate::Result;
use crate::drive::Bearer;

/// The channel whose conversations are the agent's from their first message on.
pub const BOT_CHANNEL: &str = "bot";
const BOT: &str = "bot";
/// Seconds in which its runtime has to take a turn. It never does: what is measured is asked for before.
const PATIENCE: i64 = 3_600;

/// Makes the agent with everything; returns the credential of its runtime.
pub async fn with_bot(channel: &Channel, account: &Account) -> Result<Bearer> {
    let name = account.name(&format!("customerAgents/{BOT}"));
    let request = api::CreateCustomerAgentRequest {
        parent: format!("accounts/{}", account.id),
        customer_agent: Some(CustomerAgent { display_name: BOT.to_owned(), ..Default::default() }),
        customer_agent_id: BOT.to_owned(),
        ..Default::default()
    };
    let mut agents = CustomerAgentServiceClient::new(channel.clone());
    said("CreateCustomerAgent", agents.create_customer_agent(account.person.put_on(request)).await)?;
    hands_over(channel, account, &name).await?;
    new_channel(channel, account, BOT_CHANNEL, ChannelType::Whatsapp).await?;
    let target = Target::CustomerAgent(CustomerAgentTarget { customer_agent: name.clone() });
    let routing = api::ChannelRouting { target: Some(target), ..Default::default() };
    set_routing(channel, account, BOT_CHANNEL, routing, &["customer_agent"]).await?;
    key(channel, account, name).await
}

/// Live, to the team, the ticket given at once.
async fn hands_over(channel: &Channel, account: &Account, agent: &str) -> Result<()> {
    let text = |text: &str| vec![HandoffText { language_code: String::new(), text: text.to_owned() }];
    let teams = vec![account.name(&format!("teams/{TEAM}"))];
    let policy = HandoffPolicy {
        name: format!("{agent}/handoffPolicy"),
        process: HandoffProcess::Live.into(),
        assignment: Some(Assignment::SameTargets(HandoffTargets { users: Vec::new(), teams })),
        available_messages: text("Somebody will be with you in a moment."),
        unavailable_messages: text("We will come back to you."),
        ..Default::default()
    };
    let paths = ["process", "same_targets", "available_messages", "unavailable_messages"];
    let request = api::UpdateHandoffPolicyRequest {
        handoff_policy: Some(policy),
        update_mask: Some(mask(&paths)),
        ..Default::default()
    };
    let mut handoffs = HandoffServiceClient::new(channel.clone());
    said("UpdateHandoffPolicy", handoffs.update_handoff_policy(account.person.put_on(request)).await)?;
    let triggers = HandoffTriggers {
        name: format!("{agent}/handoffTriggers"),
        acknowledge_within: Some(prost_types::Duration { seconds: PATIENCE, nanos: 0 }),
        ..Default::default()
    };
    let request = api::UpdateHandoffTriggersRequest {
        handoff_triggers: Some(triggers),
        update_mask: Some(mask(&["acknowledge_within"])),
        ..Default::default()
    };
    said("UpdateHandoffTriggers", handoffs.update_handoff_triggers(account.person.put_on(request)).await).map(drop)
}

async fn key(channel: &Channel, account: &Account, agent: String) -> Result<Bearer> {
    let key = AccessKey {
        display_name: "Runtime".to_owned(),
        permissions: vec![Permission::CustomerAgentsAct.into()],
        customer_agent: agent,
        ..Default::default()
    };
    let parent = format!("accounts/{}", account.id);
    let request = api::CreateAccessKeyRequest { parent, access_key: Some(key), ..Default::default() };
    let mut access = AccessServiceClient::new(channel.clone());
    Bearer::new(&said("CreateAccessKey", access.create_access_key(account.person.put_on(request)).await)?.secret)
}
