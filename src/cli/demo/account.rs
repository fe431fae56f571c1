//! The sample account: people with and without a seat, two teams, three channels, contacts with owners.

use crate::cli::furnish::{Furnisher, NewChannel, all_tickets};
use crate::client::{CallError, FieldMask};
use crate::grpc::pb::access::{AccessLevel, Seat};
use crate::grpc::pb::v1::channel_routing::Target;
use crate::grpc::pb::v1::{
    ChannelType, Contact, CreateContactRequest, CreateCustomerAgentRequest, CustomerAgent, CustomerAgentTarget,
    HandoffTriggers, IdentifyVisitorRequest, OwnerTarget, PeopleTarget, TicketAccess, UpdateHandoffTriggersRequest,
    User,
};

use super::story::{BRUNA, INES, Writer};

/// Id of the account.
pub const ID: &str = "demo";
/// The team address.
pub const ADDRESS: &str = "help@demo.example";
/// Agents with a Service seat, each with the team that is their main one.
const AGENTS: [(&str, &str, &str); 5] = [
    ("mia", "Mia Andersen", "support"),
    ("noah", "Noah Brandt", "support"),
    ("lena", "Lena Costa", "support"),
    ("omar", "Omar Diallo", "billing"),
    ("zoe", "Zoe Evans", "billing"),
];

/// Makes what is missing.
///
/// # Errors
/// The first call that is refused.
pub async fn furnish(account: &Furnisher) -> Result<(), CallError> {
    account.team("support", "Support").await?;
    account.team("billing", "Billing").await?;
    for (id, name, team) in AGENTS {
        account.agent(id, name, &format!("{id}@demo.example")).await?;
        account.member(team, id, true).await?;
    }
    account.member("billing", "lena", false).await?;
    people_without_a_seat(account).await?;
    channels(account).await?;
    let ines = contact(account, INES, "omar", 1).await?;
    contact(account, BRUNA, "zoe", 2).await?;
    tie_cookie(account, INES, ines).await
}

/// Sam works on tickets without a seat; Kim only looks, and has no access to tickets at all.
async fn people_without_a_seat(account: &Furnisher) -> Result<(), CallError> {
    let sam = User {
        display_name: "Sam Fischer".to_owned(),
        email: "sam@demo.example".to_owned(),
        seat: Seat::None.into(),
        service_access: true,
        ticket_view: Some(all_tickets()),
        ticket_edit: Some(TicketAccess { level: AccessLevel::Owned.into(), include_unassigned: true }),
        ..User::default()
    };
    let kim = User {
        display_name: "Kim Grant".to_owned(),
        email: "kim@demo.example".to_owned(),
        seat: Seat::ViewOnly.into(),
        ..User::default()
    };
    account.user("sam", sam).await?;
    account.user("kim", kim).await?;
    account.member("support", "sam", true).await
}

/// Mail goes to both teams, the chat to the team that sits at it, the form to whoever looks after the contact.
async fn channels(account: &Furnisher) -> Result<(), CallError> {
    let people = |teams: &[&str]| {
        let teams = teams.iter().map(|team| account.team_name(team)).collect();
        Target::People(PeopleTarget { users: Vec::new(), teams })
    };
    let new = |id, display_name, kind| NewChannel { id, display_name, kind, address: ADDRESS };
    account.channel(new("mail", "Mail", ChannelType::Email), people(&["support", "billing"])).await?;
    account.channel(new("chat", "Chat", ChannelType::Chat), people(&["support"])).await?;
    account.channel(new("form", "Ask us", ChannelType::Form), Target::ContactOwner(OwnerTarget {})).await
}

/// Ava, a customer agent: WhatsApp goes to her, and whoever speaks of a refund to people. Returns her name.
///
/// # Errors
/// The first call that is refused.
pub async fn customer_agent(account: &Furnisher) -> Result<String, CallError> {
    let name = format!("{}/customerAgents/ava", account.account);
    let request = CreateCustomerAgentRequest {
        parent: account.account.clone(),
        customer_agent: Some(CustomerAgent { display_name: "Ava".to_owned(), ..CustomerAgent::default() }),
        customer_agent_id: "ava".to_owned(),
        ..CreateCustomerAgentRequest::default()
    };
    let agents = || account.connection.customer_agents();
    account.made(async || agents().create_customer_agent(request.clone()).await).await?;
    account.hands_over(&name, "support").await?;
    let triggers = HandoffTriggers {
        name: format!("{name}/handoffTriggers"),
        phrases: vec!["refund".to_owned(), "cancellation".to_owned()],
        ..HandoffTriggers::default()
    };
    let request = UpdateHandoffTriggersRequest {
        handoff_triggers: Some(triggers),
        update_mask: Some(FieldMask { paths: vec!["phrases".to_owned()] }),
        ..UpdateHandoffTriggersRequest::default()
    };
    account.connection.handoffs().update_handoff_triggers(request).await?;
    let whatsapp = NewChannel { id: "whatsapp", display_name: "WhatsApp", kind: ChannelType::Whatsapp, address: "" };
    let target = CustomerAgentTarget { customer_agent: name.clone() };
    account.channel(whatsapp, Target::CustomerAgent(target)).await?;
    Ok(name)
}

/// A contact with an owner; the answer is its name.
async fn contact(account: &Furnisher, who: Writer, owner: &str, number: u8) -> Result<String, CallError> {
    let contact = Contact {
        display_name: who.name.to_owned(),
        owner: account.user_name(owner),
        emails: vec![who.email.to_owned()],
        ..Contact::default()
    };
    let request = CreateContactRequest {
        parent: account.account.clone(),
        contact: Some(contact),
        // The same id at every start: a day that was broken off gets the contact that is there.
        request_id: super::request_id(0, number),
        ..CreateContactRequest::default()
    };
    let answer = account.connection.contacts().create_contact(request).await.map_err(CallError::from);
    match answer {
        Ok(answer) => Ok(answer.into_inner().contact.unwrap_or_default().name),
        Err(error) if error.is("DUPLICATE_VALUE") => Ok(error.metadata.get("existing").cloned().unwrap_or_default()),
        Err(error) => Err(error),
    }
}

async fn tie_cookie(account: &Furnisher, who: Writer, contact: String) -> Result<(), CallError> {
    let request = IdentifyVisitorRequest {
        parent: account.account.clone(),
        cookie: who.cookie.to_owned(),
        contact,
        ..IdentifyVisitorRequest::default()
    };
    account.connection.contacts().identify_visitor(request).await?;
    Ok(())
}
