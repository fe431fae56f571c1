//! Accounts to load, made through the public API: people, a team, channels, contacts, and some tickets to read.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::try_join_all;
use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::account_service_client::AccountServiceClient;
use helpdesk::grpc::pb::v1::channel_service_client::ChannelServiceClient;
use helpdesk::grpc::pb::v1::contact_service_client::ContactServiceClient;
use helpdesk::grpc::pb::v1::team_service_client::TeamServiceClient;
use helpdesk::grpc::pb::v1::user_service_client::UserServiceClient;
use helpdesk::grpc::pb::v1::{
    self as api, AvailabilityState, Channel as HelpdeskChannel, ChannelRouting, ChannelType, Contact, Distribution,
    PeopleTarget, Team, TicketAccess, User, channel_routing::Target,
};
use tonic::transport::Channel;

use super::Keys;
use super::desk::mask;
use crate::drive::{self, Bearer, Caller};
use crate::{Failure, Result};

/// Agents of each account, all in one team.
pub const AGENTS: u32 = 10;
/// Contacts of each account, known by their mail address.
pub const CONTACTS: u32 = 100;
/// Chats of each account, which replies go to.
const CHATS: u64 = 20;
/// The team of the agents.
pub(super) const TEAM: &str = "support";

/// An account with its credentials and what there is to read.
#[derive(Debug)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The access key of the channel adapters.
    pub adapter: Bearer,
    /// The token of an administrator.
    pub person: Bearer,
    /// The token of one of the agents.
    pub agent: Bearer,
    /// Names of conversations that can be answered.
    pub conversations: Vec<String>,
    /// Name of the pipeline of new tickets.
    pub pipeline: String,
    /// Name of the status of new tickets.
    pub status: String,
    /// The highest ticket number that was seen.
    last_ticket: AtomicI64,
}

impl Account {
    /// Remembers that a ticket exists.
    pub fn saw_ticket(&self, number: i64) {
        self.last_ticket.fetch_max(number, Ordering::Relaxed);
    }

    /// The highest ticket number that was seen.
    pub fn last_ticket(&self) -> i64 {
        self.last_ticket.load(Ordering::Relaxed)
    }

    /// A resource below it.
    pub fn name(&self, rest: &str) -> String {
        format!("accounts/{}/{rest}", self.id)
    }
}

/// Makes `count` accounts: `load-00`, `load-01` and so on; a few at a time, below the number of calls that the service
/// takes on at once.
pub async fn set_up(address: &str, keys: &Keys, count: u16) -> Result<Vec<Arc<Account>>> {
    let operator = Bearer::new(&keys.operator()?)?;
    let mut made = Vec::new();
    for first in (0..count).step_by(4) {
        let few = (first..count.min(first + 4)).map(|number| one(address, keys, &operator, number));
        made.extend(try_join_all(few).await?);
    }
    Ok(made)
}

async fn one(address: &str, keys: &Keys, operator: &Bearer, number: u16) -> Result<Arc<Account>> {
    let channel = drive::connect(address).await?;
    let id = format!("load-{number:02}");
    let secret = create(&channel, operator, &id).await?;
    let person = Bearer::new(&keys.user(&id, "admin")?)?;
    let agent = Bearer::new(&keys.user(&id, "agent-0")?)?;
    let mut account = Account {
        id,
        adapter: Bearer::new(&secret)?,
        person,
        agent,
        conversations: Vec::new(),
        pipeline: String::new(),
        status: String::new(),
        last_ticket: AtomicI64::new(0),
    };
    people(&channel, &account).await?;
    for (channel_id, kind) in [("form", ChannelType::Form), ("chat", ChannelType::Chat)] {
        routed_channel(&channel, &account, channel_id, kind).await?;
    }
    in_parallel(u64::from(CONTACTS), |number| contact(&channel, &account, number)).await?;
    chats(channel, &mut account).await?;
    Ok(Arc::new(account))
}

/// The chats, and what their tickets teach about new tickets.
async fn chats(channel: Channel, account: &mut Account) -> Result<()> {
    let caller = Caller::new(channel);
    let opened = in_parallel(CHATS, |number| caller.first_chat(account, "chat", number)).await?;
    for (conversation, ticket) in opened {
        account.saw_ticket(ticket.number);
        account.conversations.push(conversation);
        (account.pipeline, account.status) = (ticket.pipeline, ticket.status);
    }
    Ok(())
}

/// Runs so many steps of set-up, eight at a time.
async fn in_parallel<T, F: Future<Output = Result<T>>>(count: u64, step: impl Fn(u64) -> F) -> Result<Vec<T>> {
    let mut done = Vec::new();
    for first in (0..count).step_by(8) {
        done.extend(try_join_all((first..count.min(first + 8)).map(&step)).await?);
    }
    Ok(done)
}

async fn create(channel: &Channel, operator: &Bearer, id: &str) -> Result<String> {
    let request = api::CreateAccountRequest {
        account: Some(api::Account { display_name: id.to_owned(), ..Default::default() }),
        account_id: id.to_owned(),
        administrator: Some(User {
            display_name: "Administrator".to_owned(),
            email: format!("admin@{id}.example"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut client = AccountServiceClient::new(channel.clone());
    Ok(said("CreateAccount", client.create_account(operator.put_on(request)).await)?.secret)
}

async fn people(channel: &Channel, account: &Account) -> Result<()> {
    let team = api::CreateTeamRequest {
        parent: format!("accounts/{}", account.id),
        team: Some(Team { display_name: "Support".to_owned(), ..Default::default() }),
        team_id: TEAM.to_owned(),
        ..Default::default()
    };
    let mut client = TeamServiceClient::new(channel.clone());
    said("CreateTeam", client.create_team(account.person.put_on(team)).await)?;
    in_parallel(u64::from(AGENTS), |number| agent(channel, account, number)).await.map(drop)
}

async fn agent(channel: &Channel, account: &Account, number: u64) -> Result<()> {
    let everything = TicketAccess { level: AccessLevel::All.into(), include_unassigned: true };
    let user = User {
        display_name: format!("Agent {number}"),
        email: format!("agent-{number}@{}.example", account.id),
        seat: Seat::Service.into(),
        ticket_view: Some(everything),
        ticket_edit: Some(everything),
        ..Default::default()
    };
    let user_id = format!("agent-{number}");
    let name = account.name(&format!("users/{user_id}"));
    let parent = format!("accounts/{}", account.id);
    let request = api::CreateUserRequest { parent, user: Some(user), user_id, ..Default::default() };
    let mut users = UserServiceClient::new(channel.clone());
    said("CreateUser", users.create_user(account.person.put_on(request)).await)?;
    let member = api::AddTeamMemberRequest {
        name: account.name(&format!("teams/{TEAM}")),
        user: name.clone(),
        main: true,
        ..Default::default()
    };
    let mut teams = TeamServiceClient::new(channel.clone());
    said("AddTeamMember", teams.add_team_member(account.person.put_on(member)).await)?;
    let state = AvailabilityState::Available.into();
    let available = api::SetAvailabilityRequest { name, state, ..Default::default() };
    said("SetAvailability", users.set_availability(account.person.put_on(available)).await).map(drop)
}

/// A channel whose tickets go to the team, balanced over those who are available.
async fn routed_channel(channel: &Channel, account: &Account, id: &str, kind: ChannelType) -> Result<()> {
    new_channel(channel, account, id, kind).await?;
    let teams = vec![account.name(&format!("teams/{TEAM}"))];
    let routing = ChannelRouting {
        target: Some(Target::People(PeopleTarget { users: Vec::new(), teams })),
        distribution: Distribution::Balanced.into(),
        available_only: Some(true),
        ..Default::default()
    };
    set_routing(channel, account, id, routing, &["people", "distribution", "available_only"]).await
}

/// A channel that makes tickets.
pub(super) async fn new_channel(channel: &Channel, account: &Account, id: &str, kind: ChannelType) -> Result<()> {
    let request = api::CreateChannelRequest {
        parent: format!("accounts/{}", account.id),
        channel: Some(HelpdeskChannel {
            display_name: id.to_owned(),
            r#type: kind.into(),
            enabled: Some(true),
            creates_tickets: Some(true),
            ..Default::default()
        }),
        channel_id: id.to_owned(),
        ..Default::default()
    };
    let mut client = ChannelServiceClient::new(channel.clone());
    said("CreateChannel", client.create_channel(account.person.put_on(request)).await).map(drop)
}

/// Sets these fields of a channel's routing.
pub(super) async fn set_routing(
    channel: &Channel,
    account: &Account,
    id: &str,
    routing: ChannelRouting,
    paths: &[&str],
) -> Result<()> {
    let name = account.name(&format!("channels/{id}/routing"));
    let update = api::UpdateChannelRoutingRequest {
        channel_routing: Some(ChannelRouting { name, ..routing }),
        update_mask: Some(mask(paths)),
        ..Default::default()
    };
    let mut client = ChannelServiceClient::new(channel.clone());
    said("UpdateChannelRouting", client.update_channel_routing(account.person.put_on(update)).await).map(drop)
}

async fn contact(channel: &Channel, account: &Account, number: u64) -> Result<()> {
    let request = api::CreateContactRequest {
        parent: format!("accounts/{}", account.id),
        contact: Some(Contact {
            display_name: format!("Customer {number}"),
            emails: vec![drive::email(number)],
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut client = ContactServiceClient::new(channel.clone());
    said("CreateContact", client.create_contact(account.person.put_on(request)).await).map(drop)
}

/// The answer, or which step of the set-up was refused.
pub(super) fn said<T>(step: &str, answer: std::result::Result<tonic::Response<T>, tonic::Status>) -> Result<T> {
    answer.map(tonic::Response::into_inner).map_err(|status| Failure::from(format!("{step}: {status}")))
}
