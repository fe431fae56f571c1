//! Setting up an account for a demonstration or a replay. What is there already stays as it is.

use std::future::Future;

use crate::client::{CallError, Code, Connection, FieldMask, Patience, Response, Status, until_answered};
use crate::grpc::pb::access::{AccessLevel, Seat};
use crate::grpc::pb::v1::channel::Config;
use crate::grpc::pb::v1::channel_routing::Target;
use crate::grpc::pb::v1::{
    AddTeamMemberRequest, Channel, ChannelRouting, ChannelType, CreateChannelRequest, CreateTeamRequest,
    CreateUserRequest, EmailConfig, HandoffPolicy, HandoffProcess, HandoffTargets, HandoffText, Team, TicketAccess,
    UpdateChannelRoutingRequest, UpdateHandoffPolicyRequest, User, handoff_policy::Assignment,
};

/// Sets up one account.
#[derive(Debug, Clone)]
pub struct Furnisher {
    /// Somebody who may.
    pub connection: Connection,
    /// Name of the account.
    pub account: String,
    /// How long each call is tried.
    pub patience: Patience,
}

/// A new channel.
#[derive(Debug, Clone, Copy)]
pub struct NewChannel<'a> {
    /// Its id.
    pub id: &'a str,
    /// Name for people.
    pub display_name: &'a str,
    /// What kind.
    pub kind: ChannelType,
    /// Its team address; only of mail channels.
    pub address: &'a str,
}

/// Access to every ticket.
pub fn all_tickets() -> TicketAccess {
    TicketAccess { level: AccessLevel::All.into(), include_unassigned: true }
}

impl Furnisher {
    /// Name of a user.
    pub fn user_name(&self, id: &str) -> String {
        format!("{}/users/{id}", self.account)
    }

    /// Name of a team.
    pub fn team_name(&self, id: &str) -> String {
        format!("{}/teams/{id}", self.account)
    }

    /// A team without members.
    ///
    /// # Errors
    /// [`CallError`] when it can be neither found nor made.
    pub async fn team(&self, id: &str, display_name: &str) -> Result<(), CallError> {
        let request = CreateTeamRequest {
            parent: self.account.clone(),
            team: Some(Team { display_name: display_name.to_owned(), ..Team::default() }),
            team_id: id.to_owned(),
            ..CreateTeamRequest::default()
        };
        self.made(async || self.connection.teams().create_team(request.clone()).await).await
    }

    /// A person as described.
    ///
    /// # Errors
    /// [`CallError`] when it can be neither found nor made.
    pub async fn user(&self, id: &str, user: User) -> Result<(), CallError> {
        let request = CreateUserRequest {
            parent: self.account.clone(),
            user: Some(user),
            user_id: id.to_owned(),
            ..CreateUserRequest::default()
        };
        self.made(async || self.connection.users().create_user(request.clone()).await).await
    }

    /// A person with a Service seat who may work on every ticket.
    ///
    /// # Errors
    /// [`CallError`] when it can be neither found nor made.
    pub async fn agent(&self, id: &str, display_name: &str, email: &str) -> Result<(), CallError> {
        let user = User {
            display_name: display_name.to_owned(),
            email: email.to_owned(),
            seat: Seat::Service.into(),
            ticket_view: Some(all_tickets()),
            ticket_edit: Some(all_tickets()),
            ..User::default()
        };
        self.user(id, user).await
    }

    /// Puts a person into a team; `main` makes it the main one.
    ///
    /// # Errors
    /// [`CallError`] when that is refused.
    pub async fn member(&self, team: &str, user: &str, main: bool) -> Result<(), CallError> {
        let request = AddTeamMemberRequest {
            name: self.team_name(team),
            user: self.user_name(user),
            main,
            ..AddTeamMemberRequest::default()
        };
        self.made(async || self.connection.teams().add_team_member(request.clone()).await).await
    }

    /// A channel that routes to `target`; how, is the default of its kind.
    ///
    /// # Errors
    /// [`CallError`] when it can be neither found nor made.
    pub async fn channel(&self, new: NewChannel<'_>, target: Target) -> Result<(), CallError> {
        let is_mail = new.kind == ChannelType::Email;
        let channel = Channel {
            display_name: new.display_name.to_owned(),
            r#type: new.kind.into(),
            config: is_mail
                .then(|| Config::Email(EmailConfig { address: new.address.to_owned(), ..EmailConfig::default() })),
            ..Channel::default()
        };
        let request = CreateChannelRequest {
            parent: self.account.clone(),
            channel: Some(channel),
            channel_id: new.id.to_owned(),
            ..CreateChannelRequest::default()
        };
        self.made(async || self.connection.channels().create_channel(request.clone()).await).await?;
        self.route(new.id, target).await
    }

    async fn route(&self, channel: &str, target: Target) -> Result<(), CallError> {
        let path = match target {
            Target::Nobody(_) => "nobody",
            Target::People(_) => "people",
            Target::ContactOwner(_) => "contact_owner",
            Target::CustomerAgent(_) => "customer_agent",
        };
        let routing = ChannelRouting {
            name: format!("{}/channels/{channel}/routing", self.account),
            target: Some(target),
            ..ChannelRouting::default()
        };
        let request = UpdateChannelRoutingRequest {
            channel_routing: Some(routing),
            update_mask: Some(FieldMask { paths: vec![path.to_owned()] }),
            ..UpdateChannelRoutingRequest::default()
        };
        self.made(async || self.connection.channels().update_channel_routing(request.clone()).await).await
    }

    /// Has a customer agent hand over to a team, live.
    ///
    /// # Errors
    /// [`CallError`] when that is refused.
    pub async fn hands_over(&self, agent: &str, team: &str) -> Result<(), CallError> {
        let text = |text: &str| vec![HandoffText { language_code: String::new(), text: text.to_owned() }];
        let targets = HandoffTargets { users: Vec::new(), teams: vec![self.team_name(team)] };
        let policy = HandoffPolicy {
            name: format!("{agent}/handoffPolicy"),
            process: HandoffProcess::Live.into(),
            assignment: Some(Assignment::SameTargets(targets)),
            available_messages: text("A colleague will be with you in a moment."),
            unavailable_messages: text("Nobody is here at the moment. A colleague will come back to you."),
            ..HandoffPolicy::default()
        };
        let paths = ["process", "same_targets", "available_messages", "unavailable_messages"];
        let request = UpdateHandoffPolicyRequest {
            handoff_policy: Some(policy),
            update_mask: Some(FieldMask { paths: paths.map(str::to_owned).to_vec() }),
            ..UpdateHandoffPolicyRequest::default()
        };
        let handoffs = || self.connection.handoffs();
        until_answered(self.patience, async || handoffs().update_handoff_policy(request.clone()).await).await.map(drop)
    }

    /// Makes something that may be there already.
    ///
    /// # Errors
    /// [`CallError`] when it can be neither found nor made.
    pub async fn made<T, F, Fut>(&self, call: F) -> Result<(), CallError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        match until_answered(self.patience, call).await {
            Err(error) if error.code != Code::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }
}
