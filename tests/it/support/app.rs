//! A whole service on one test database, and the people and machines that call it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use helpdesk::app::{self, RunningApp, StartError, Surroundings};
use helpdesk::auth::dev_keys::{self, DevelopmentKey};
use helpdesk::auth::{Bearer, TokenOrder, TokenSigner};
use helpdesk::clock::{Clock, ManualClock};
use helpdesk::domain::access::Tier;
use helpdesk::domain::ids::{AccountId, UserId};
use helpdesk::domain::plan::FIRST_CREDITS;
use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1;
use helpdesk::ids::Ids;
use helpdesk::service::accounts::{self, NewAccount};
use helpdesk::settings::{Secret, Settings, Sources, load};
use helpdesk::telemetry::Meters;
use tempfile::TempDir;
use tonic::transport::Channel;

use super::client::Client;
use super::databases::TestDatabase;

/// What tokens of the tests are signed with.
pub const SECRET: &str = "a secret of the tests, long enough to be one of theirs";
/// What page and resume tokens of the tests are sealed with.
pub const SEAL: &str = "dGhlIHNlYWwgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyE=";
/// When every test begins.
const BEGINNING: &str = "2026-11-21T09:00:00Z";
/// The account of the tests.
pub const ACCOUNT: &str = "acme";

/// A running service with one account and its super admin `root`.
pub struct App {
    running: Option<RunningApp>,
    clock: Arc<ManualClock>,
    settings: Settings,
    channel: Channel,
    key: String,
    data: TempDir,
    _database: TestDatabase,
}

impl App {
    /// Starts on `database`, with time standing still.
    pub async fn start(database: TestDatabase) -> Self {
        Self::start_set(database, &[]).await
    }

    /// The same with other settings.
    pub async fn start_set(database: TestDatabase, set: &[(&str, &str)]) -> Self {
        let beginning = Timestamp::parse_rfc3339(BEGINNING).expect("a time");
        Self::start_at(database, beginning, set).await
    }

    /// The same, at the present moment: for tests that go on in another process.
    pub async fn start_in_real_time(database: TestDatabase) -> Self {
        Self::start_at(database, helpdesk::app::now(), &[]).await
    }

    /// Tries to, for settings with which it may not start.
    pub async fn try_start(database: TestDatabase, set: &[(&str, &str)]) -> Result<(), StartError> {
        let data = tempfile::tempdir().expect("a temporary folder");
        let settings = settings(&database.url, data.path(), set);
        let clock = Arc::new(ManualClock::at(Timestamp::parse_rfc3339(BEGINNING).expect("a time")));
        let surroundings = Surroundings { clock, real_time: false, meters: Meters::noop() };
        app::start(&settings, surroundings).await?.stop().await;
        Ok(())
    }

    async fn start_at(database: TestDatabase, time: Timestamp, set: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let settings = settings(&database.url, data.path(), set);
        let clock = Arc::new(ManualClock::at(time));
        let surroundings = Surroundings { clock: clock.clone(), real_time: false, meters: Meters::noop() };
        let running = app::start(&settings, surroundings).await.expect("the service starts");
        let channel = connect(&running).await;
        let key = String::new();
        let mut app = Self { running: Some(running), clock, settings, channel, key, data, _database: database };
        app.key = app.new_account(ACCOUNT).await;
        app
    }

    /// Where raw mails are kept.
    pub fn data_folder(&self) -> &Path {
        self.data.path()
    }

    /// Makes another account with the super admin `root`; returns its access key, which may do everything.
    pub async fn new_account(&self, id: &str) -> String {
        self.new_account_of(id, Tier::Enterprise).await
    }

    /// The same with a tier.
    pub async fn new_account_of(&self, id: &str, tier: Tier) -> String {
        let new = NewAccount {
            id: AccountId::parse(id).expect("an id"),
            display_name: id.to_owned(),
            tier,
            add_ons: std::collections::BTreeSet::new(),
            time_zone: "UTC".to_owned(),
            credits: FIRST_CREDITS,
            administrator: UserId::parse("root").expect("an id"),
            administrator_name: "Root".to_owned(),
            administrator_email: format!("root@{id}.example"),
        };
        let created = accounts::create(&self.running().service.store, &new).await.expect("an account");
        created.credential.expose().to_owned()
    }

    /// The running service.
    pub fn running(&self) -> &RunningApp {
        self.running.as_ref().expect("it runs until it is stopped")
    }

    /// Moves time.
    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ends the service and starts it again on the same database.
    pub async fn restart(&mut self) {
        self.stop().await;
        let surroundings = Surroundings { clock: self.clock.clone(), real_time: false, meters: Meters::noop() };
        let running = app::start(&self.settings, surroundings).await.expect("the service starts again");
        self.channel = connect(&running).await;
        self.running = Some(running);
    }

    /// Ends the service.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// A caller with any credential.
    pub fn caller(&self, credential: &str) -> Client {
        Client::new(self.channel.clone(), credential)
    }

    /// A caller without credential.
    pub fn nobody(&self) -> Client {
        Client::new(self.channel.clone(), "")
    }

    /// The access key that may do everything a machine may: channel adapters and integrations.
    pub fn machine(&self) -> Client {
        self.caller(&self.key)
    }

    /// A person by id, whoever it is.
    pub fn user(&self, id: &str) -> Client {
        self.user_of(ACCOUNT, id)
    }

    /// A person of an account.
    pub fn user_of(&self, account: &str, id: &str) -> Client {
        let account = AccountId::stored(account.to_owned());
        self.caller(&self.token(Bearer::User { account, user: UserId::stored(id.to_owned()) }))
    }

    /// A token of a person of the account.
    pub fn user_token(&self, id: &str) -> String {
        let (account, user) = (AccountId::stored(ACCOUNT.to_owned()), UserId::stored(id.to_owned()));
        self.token(Bearer::User { account, user })
    }

    /// The access key of the account.
    pub fn machine_key(&self) -> &str {
        &self.key
    }

    /// The connection itself, for calls by path.
    pub fn wire(&self) -> Channel {
        self.channel.clone()
    }

    /// Whoever runs the service.
    pub fn operator(&self) -> Client {
        self.caller(&self.operator_token())
    }

    /// A token of whoever runs the service.
    pub fn operator_token(&self) -> String {
        let order = self.order(Bearer::Operator { name: "ops".to_owned() });
        let signer = TokenSigner::from_pem(operator_key().private_pem.expose().as_bytes(), None).expect("a key");
        signer.sign(&order).expect("a token")
    }

    /// The super admin.
    pub fn root(&self) -> Client {
        self.user("root")
    }

    /// A token for a bearer, good for an hour.
    pub fn token(&self, bearer: Bearer) -> String {
        TokenSigner::from_secret(&Secret::new(SECRET)).sign(&self.order(bearer)).expect("a token")
    }

    fn order(&self, bearer: Bearer) -> TokenOrder {
        TokenOrder {
            issuer: self.settings.auth.issuer.clone(),
            audience: self.settings.auth.audience.clone(),
            bearer,
            issued: self.now(),
            life: Duration::from_hours(1),
        }
    }

    /// Adds a person with a Service seat who sees and changes every ticket.
    pub async fn agent(&self, id: &str) -> Client {
        self.add_user(v1::User { seat: Seat::Service.into(), ..person(id, AccessLevel::All) }, id).await
    }

    /// Adds a person with service access and no seat, within `level`.
    pub async fn collaborator(&self, id: &str, level: AccessLevel) -> Client {
        self.add_user(v1::User { service_access: true, ..person(id, level) }, id).await
    }

    /// Adds any person.
    pub async fn add_user(&self, user: v1::User, id: &str) -> Client {
        let request = v1::CreateUserRequest {
            parent: account(),
            user: Some(user),
            user_id: id.to_owned(),
            ..v1::CreateUserRequest::default()
        };
        self.root().users().create_user(request).await.expect("a user");
        self.user(id)
    }

    /// Adds a team with main members.
    pub async fn team(&self, id: &str, members: &[&str]) -> String {
        let team = v1::Team { display_name: id.to_owned(), ..v1::Team::default() };
        let request = v1::CreateTeamRequest {
            parent: account(),
            team: Some(team),
            team_id: id.to_owned(),
            ..v1::CreateTeamRequest::default()
        };
        self.root().teams().create_team(request).await.expect("a team");
        for user in members {
            self.join(id, user, true).await;
        }
        team_name(id)
    }

    /// Puts a user into a team.
    pub async fn join(&self, team: &str, user: &str, main: bool) {
        let request = v1::AddTeamMemberRequest {
            name: team_name(team),
            user: user_name(user),
            main,
            ..v1::AddTeamMemberRequest::default()
        };
        self.root().teams().add_team_member(request).await.expect("a member");
    }

    /// Adds a channel.
    pub async fn channel(&self, id: &str, kind: v1::ChannelType) -> String {
        use v1::channel::Config;
        let address = format!("{id}@acme.example");
        let config = (kind == v1::ChannelType::Email)
            .then_some(Config::Email(v1::EmailConfig { address, ..Default::default() }));
        let channel = v1::Channel {
            display_name: id.to_owned(),
            r#type: kind.into(),
            pipeline: format!("accounts/{ACCOUNT}/pipelines/support"),
            config,
            ..v1::Channel::default()
        };
        let request = v1::CreateChannelRequest {
            parent: account(),
            channel: Some(channel),
            channel_id: id.to_owned(),
            ..v1::CreateChannelRequest::default()
        };
        self.root().channels().create_channel(request).await.expect("a channel");
        channel_name(id)
    }
}

fn settings(url: &str, data: &Path, set: &[(&str, &str)]) -> Settings {
    let operators = data.join("operators.json");
    std::fs::write(&operators, operator_key().jwks).expect("a key set");
    let flags = [
        ("server.listen", "127.0.0.1:0"),
        ("server.drain.settle", "0s"),
        ("telemetry.metrics_listen", ""),
        ("database.url", url),
        ("data_dir", data.to_str().expect("a plain path")),
        ("auth.hs256_secret", SECRET),
        ("auth.operator_key_set", operators.to_str().expect("a plain path")),
        ("token_seal.key", SEAL),
    ];
    let flags = flags.iter().chain(set).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    load(&Sources { file: None, environment: Vec::new(), flags }).expect("settings of the tests")
}

/// What operators sign with: the same in every test.
fn operator_key() -> DevelopmentKey {
    dev_keys::generate(&Ids::seeded(7))
}

async fn connect(running: &RunningApp) -> Channel {
    let url = format!("http://{}", running.address);
    Channel::from_shared(url).expect("an address").connect().await.expect("the service listens")
}

/// A person with the same level of viewing and editing.
pub fn person(id: &str, level: AccessLevel) -> v1::User {
    let access = v1::TicketAccess { level: level.into(), include_unassigned: level == AccessLevel::All };
    v1::User {
        display_name: id.to_owned(),
        email: format!("{id}@acme.example"),
        ticket_view: Some(access),
        ticket_edit: Some(access),
        ..v1::User::default()
    }
}

/// Name of the account.
pub fn account() -> String {
    format!("accounts/{ACCOUNT}")
}

/// Name of a user.
pub fn user_name(id: &str) -> String {
    format!("accounts/{ACCOUNT}/users/{id}")
}

/// Name of a team.
pub fn team_name(id: &str) -> String {
    format!("accounts/{ACCOUNT}/teams/{id}")
}

/// Name of a channel.
pub fn channel_name(id: &str) -> String {
    format!("accounts/{ACCOUNT}/channels/{id}")
}

/// Name of a status of the default pipeline.
pub fn status_name(id: &str) -> String {
    format!("accounts/{ACCOUNT}/pipelines/support/statuses/{id}")
}

/// Name of the default pipeline.
pub fn pipeline_name() -> String {
    format!("accounts/{ACCOUNT}/pipelines/support")
}

/// A ticket that can be made by hand.
pub fn ticket(subject: &str) -> v1::Ticket {
    v1::Ticket {
        subject: subject.to_owned(),
        pipeline: pipeline_name(),
        status: status_name("new"),
        ..v1::Ticket::default()
    }
}
