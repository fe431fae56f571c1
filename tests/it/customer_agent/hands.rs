//! What the tests of customer agents do again and again.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1;
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::support::app::{self, App};
use crate::support::client::Client;

/// Name of a customer agent.
pub fn agent_name(id: &str) -> String {
    format!("{}/customerAgents/{id}", app::account())
}

/// A request for a customer agent.
pub fn creating(id: &str, name: &str) -> v1::CreateCustomerAgentRequest {
    v1::CreateCustomerAgentRequest {
        parent: app::account(),
        customer_agent: Some(v1::CustomerAgent { display_name: name.to_owned(), ..Default::default() }),
        customer_agent_id: id.to_owned(),
        ..Default::default()
    }
}

/// Makes a customer agent.
pub async fn make(caller: &Client, id: &str) -> Result<v1::CustomerAgent, Status> {
    let made = caller.agents().create_customer_agent(creating(id, id)).await;
    made.map(|made| made.into_inner().customer_agent.expect("a customer agent"))
}

/// Renames a customer agent.
pub async fn rename(caller: &Client, id: &str, name: &str) -> Result<v1::CustomerAgent, Status> {
    let agent = v1::CustomerAgent { name: agent_name(id), display_name: name.to_owned(), ..Default::default() };
    let request = v1::UpdateCustomerAgentRequest {
        customer_agent: Some(agent),
        update_mask: Some(FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    let changed = caller.agents().update_customer_agent(request).await;
    changed.map(|changed| changed.into_inner().customer_agent.expect("a customer agent"))
}

/// A customer agent as it is now.
pub async fn get(caller: &Client, id: &str) -> v1::CustomerAgent {
    let request = v1::GetCustomerAgentRequest { name: agent_name(id) };
    let found = caller.agents().get_customer_agent(request).await.expect("found").into_inner();
    found.customer_agent.expect("a customer agent")
}

/// Pauses a customer agent.
pub async fn pause(caller: &Client, id: &str) -> Result<v1::CustomerAgent, Status> {
    let request = v1::PauseCustomerAgentRequest { name: agent_name(id), ..Default::default() };
    let paused = caller.agents().pause_customer_agent(request).await;
    paused.map(|paused| paused.into_inner().customer_agent.expect("a customer agent"))
}

/// Resumes a customer agent.
pub async fn resume(caller: &Client, id: &str) -> Result<v1::CustomerAgent, Status> {
    let request = v1::ResumeCustomerAgentRequest { name: agent_name(id), ..Default::default() };
    let resumed = caller.agents().resume_customer_agent(request).await;
    resumed.map(|resumed| resumed.into_inner().customer_agent.expect("a customer agent"))
}

/// Deletes a customer agent.
pub async fn delete(caller: &Client, id: &str) -> Result<(), Status> {
    let request = v1::DeleteCustomerAgentRequest { name: agent_name(id), ..Default::default() };
    caller.agents().delete_customer_agent(request).await.map(|_| ())
}

/// A request for an access key of a customer agent's runtime.
pub fn binding(id: &str, agent: &str) -> v1::CreateAccessKeyRequest {
    let key = v1::AccessKey {
        display_name: "Runtime".to_owned(),
        permissions: vec![Permission::CustomerAgentsAct.into()],
        customer_agent: agent_name(agent),
        ..Default::default()
    };
    v1::CreateAccessKeyRequest {
        parent: app::account(),
        access_key: Some(key),
        access_key_id: id.to_owned(),
        ..Default::default()
    }
}

/// The runtime of a customer agent, which is made with it.
pub async fn runtime(app: &App, agent: &str) -> Client {
    make(&app.root(), agent).await.expect("a customer agent");
    runtime_of(app, agent).await
}

/// A runtime of a customer agent that is there.
pub async fn runtime_of(app: &App, agent: &str) -> Client {
    let made = app.root().access().create_access_key(binding("", agent)).await.expect("a key").into_inner();
    app.caller(&made.secret)
}

/// Sets what the account has bought.
pub async fn buy(app: &App, subscription: v1::Subscription, path: &str) -> v1::Account {
    let account = v1::Account { name: app::account(), subscription: Some(subscription), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec![path.to_owned()] });
    let request = v1::UpdateAccountRequest { account: Some(account), update_mask, ..Default::default() };
    let done = app.operator().accounts().update_account(request).await.map(Response::into_inner);
    done.expect("bought").account.expect("an account")
}
