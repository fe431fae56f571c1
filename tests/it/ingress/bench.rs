//! An account with channels, an adapter's key and people, and its handlers called without a network.

use std::sync::Arc;
use std::time::Duration;

use helpdesk::clock::{ManualClock, SharedClock};
use helpdesk::domain::access::{Permission, Seat, Standing, TicketAccess, Tier};
use helpdesk::domain::account::{Account, AccountState};
use helpdesk::domain::channel::{Channel, ChannelKind, Deliverer, Routing, Target};
use helpdesk::domain::ids::{AccessKeyId, AccountId, ChannelId, PipelineId, StatusId, TeamId, UserId};
use helpdesk::domain::pipeline::{DEFAULT_PIPELINE, DEFAULT_STATUSES, Pipeline, Status};
use helpdesk::domain::time::Timestamp;
use helpdesk::domain::user::{AccessKey, User, UserState};
use helpdesk::grpc::call::Front;
use helpdesk::grpc::paging::ListLimits;
use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};
use helpdesk::grpc::sealing::Sealer;
use helpdesk::service::Service;
use helpdesk::service::files::{FileOptions, Files};
use helpdesk::service::grant::{Callers, Grant, Principal, Requirement, authorize};
use helpdesk::storage::dialect::RowsVerb;
use helpdesk::storage::lane::{LaneLimits, Lanes};
use helpdesk::storage::rows::{Stored, account_head, job_head};
use helpdesk::storage::{Blobs, Store, StoreOptions, write_rows};
use sea_orm::{ConnectionTrait, EntityTrait, ModelTrait};
use tonic::{Request, Response, Status as Refused};

use crate::support::databases::TestDatabase;

/// See the module.
pub struct Bench {
    pub front: Front,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub mails: tempfile::TempDir,
    pub account: AccountId,
    url: String,
    _database: TestDatabase,
}

pub const START: i64 = 1_790_000_000_000_000;

fn stamp() -> Timestamp {
    Timestamp::from_micros(START - 1_000_000)
}

impl Bench {
    pub async fn start(database: TestDatabase) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(START)));
        let account = AccountId::stored("acme");
        let mails = tempfile::tempdir().expect("a folder");
        let (store, front) = replica(&database.url, clock.clone(), &mails).await;
        seed(&store, &account).await;
        Self { front, store, clock, mails, account, url: database.url.clone(), _database: database }
    }

    /// Another process over the same database.
    pub async fn second_replica(&self) -> Front {
        replica(&self.url, self.clock.clone(), &self.mails).await.1
    }

    pub async fn ingest(&self, channel: &str, message: v1::InboundMessage) -> v1::IngestMessageResponse {
        self.try_ingest(channel, message).await.expect("it is taken in")
    }

    pub async fn try_ingest(
        &self,
        channel: &str,
        message: v1::InboundMessage,
    ) -> Result<v1::IngestMessageResponse, Refused> {
        ingest_at(&self.front, self.adapter(), channel, message).await
    }

    /// A request of the channel adapter.
    #[expect(clippy::unused_self, reason = "a caller is a caller of this bench")]
    pub fn adapter(&self) -> Grant {
        let principal = Principal::AccessKey { account: account(), key: key("adapter", Permission::IngressWrite) };
        grant(principal, Permission::IngressWrite)
    }

    /// A machine that may reply.
    #[expect(clippy::unused_self, reason = "a caller is a caller of this bench")]
    pub fn bot(&self) -> Grant {
        let principal = Principal::AccessKey { account: account(), key: key("bot", Permission::TicketsCommunicate) };
        grant(principal, Permission::TicketsCommunicate)
    }

    /// A person of the account.
    #[expect(clippy::unused_self, reason = "a caller is a caller of this bench")]
    pub fn person(&self, id: &str) -> Grant {
        let principal =
            Principal::User { account: account(), user: person(id), teams: std::collections::BTreeSet::default() };
        grant(principal, Permission::TicketsView)
    }

    /// A person with other rights than the stored ones; for reads, which judge what the edge found.
    #[expect(clippy::unused_self, reason = "a caller is a caller of this bench")]
    pub fn reader(&self, id: &str, change: impl FnOnce(&mut User), teams: &[&str]) -> Grant {
        let mut user = person(id);
        change(&mut user);
        let teams = teams.iter().map(|team| TeamId::stored(*team)).collect();
        grant(Principal::User { account: account(), user, teams }, Permission::TicketsView)
    }

    pub async fn change_channel(&self, id: &str, change: impl FnOnce(&mut Channel)) {
        let mut channel = channels().into_iter().find(|channel| channel.id.as_str() == id).expect("a channel");
        change(&mut channel);
        write(&self.store, RowsVerb::Update, &[channel.to_row(&self.account)]).await;
        self.sql("UPDATE account_head SET config_seq = config_seq + 1").await;
    }

    /// Closes a ticket behind the back of the service.
    pub async fn close(&self, number: i64) {
        let state = "status_id = 'closed', status_category = 'closed', open = false, close_time = 5";
        self.sql(&format!("UPDATE ticket SET {state} WHERE number = {number}")).await;
    }

    pub async fn sql(&self, sql: &str) {
        self.store.writer().execute_unprepared(sql).await.expect("the statement is good");
    }

    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let statement = sea_orm::Statement::from_string(self.store.backend(), sql);
        let row = self.store.reader().query_one_raw(statement).await.expect("counted").expect("one row");
        row.try_get("", "n").expect("a number")
    }
}

pub async fn ingest_at(
    front: &Front,
    grant: Grant,
    channel: &str,
    message: v1::InboundMessage,
) -> Result<v1::IngestMessageResponse, Refused> {
    use v1::ingress_service_server::IngressService;
    let channel = format!("accounts/acme/channels/{channel}");
    let asked = v1::IngestMessageRequest { channel, message: Some(message), ..Default::default() };
    front.ingest_message(by(grant, asked)).await.map(Response::into_inner)
}

/// A request with its caller.
pub fn by<T>(grant: Grant, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(grant);
    request
}

/// A message with text from a sender.
pub fn says(external_id: &str, point: Point, text: &str) -> v1::InboundMessage {
    v1::InboundMessage {
        external_id: external_id.to_owned(),
        sender: Some(v1::InboundSender { point: Some(point), ..Default::default() }),
        body: Some(v1::RichText { text: text.to_owned(), html: String::new() }),
        ..Default::default()
    }
}

/// A raw mail; the headers end with line breaks.
pub fn mail(headers: &str, text: &str) -> v1::InboundMessage {
    let raw_mail = format!("{headers}\r\n{text}\r\n").into_bytes();
    v1::InboundMessage { raw_mail, ..Default::default() }
}

/// The reason of a refusal.
pub fn reason(refused: &Refused) -> String {
    use tonic_types::StatusExt;
    refused.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

async fn replica(url: &str, clock: Arc<ManualClock>, mails: &tempfile::TempDir) -> (Store, Front) {
    let clock: SharedClock = clock;
    let options = StoreOptions { database_time: false, ..StoreOptions::new(url) };
    let store = Store::open(&options, clock.clone()).await.expect("the database opens");
    let lanes = Lanes::start(&store, LaneLimits::default(), |worker| drop(tokio::spawn(worker)));
    let service = Service::new(store.clone(), lanes, clock, Duration::from_hours(72));
    let (blobs, cleaner) = Blobs::folder(mails.path()).expect("a place for mails");
    drop(tokio::spawn(cleaner.run()));
    let service = service.with_files(Files::new(blobs, FileOptions::default()));
    (store, Front { service, sealer: Arc::new(Sealer::new(&[7; 32])), lists: ListLimits::default() })
}

fn grant(principal: Principal, permission: Permission) -> Grant {
    let asked = Requirement {
        method: "test",
        standing: Standing::SignedIn,
        permission: Some(permission),
        also: Vec::new(),
        own_only: false,
        tier: None,
        callers: Callers { users: true, access_keys: true, customer_agents: false, operators: false },
    };
    authorize(principal, &asked, stamp()).expect("the caller may")
}

async fn write<M>(store: &Store, verb: RowsVerb, rows: &[M])
where
    M: ModelTrait + Send + Sync,
    M::Entity: EntityTrait<Model = M>,
{
    write_rows::<M::Entity>(store.writer(), verb, rows).await.expect("the rows are written");
}

async fn seed(store: &Store, id: &AccountId) {
    let insert = RowsVerb::Insert;
    write(store, insert, &[account().to_row(id)]).await;
    let account_id = id.to_string();
    let head = account_head::Model {
        account_id: account_id.clone(),
        last_event: 0,
        last_ticket: 0,
        config_seq: 1,
        load_seq: 0,
        waiting: 0,
        credits_used: 0,
    };
    write(store, insert, &[head]).await;
    write(store, insert, &[job_head::Model { account_id, next_due: i64::MAX }]).await;
    let people: Vec<_> = ["mia", "ben"].iter().map(|name| person(name).to_row(id)).collect();
    write(store, insert, &people).await;
    let keys = [key("adapter", Permission::IngressWrite), key("bot", Permission::TicketsCommunicate)];
    write(store, insert, &keys.map(|key| key.to_row(id))).await;
    write(store, insert, &[pipeline().to_row(id)]).await;
    let statuses: Vec<_> = statuses().iter().map(|status| status.to_row(id)).collect();
    write(store, insert, &statuses).await;
    let rows: Vec<_> = channels().iter().map(|channel| channel.to_row(id)).collect();
    write(store, insert, &rows).await;
}

fn account() -> Account {
    Account {
        id: AccountId::stored("acme"),
        display_name: "Acme".to_owned(),
        state: AccountState::Active,
        tier: Tier::Enterprise,
        add_ons: std::collections::BTreeSet::new(),
        time_zone: "UTC".to_owned(),
        credits: 0,
        webhook_generation: 0,
        webhook_rotate_time: None,
        create_time: stamp(),
        update_time: stamp(),
        version: 1,
    }
}

fn person(id: &str) -> User {
    User {
        id: UserId::stored(id),
        display_name: id.to_uppercase(),
        email: format!("{id}@acme.example"),
        state: UserState::Active,
        seat: Seat::Service,
        super_admin: false,
        account_access: false,
        service_access: true,
        sales_access: false,
        customer_agent_editor: false,
        view: TicketAccess::ALL,
        edit: TicketAccess::ALL,
        delete: TicketAccess::ALL,
        available: true,
        availability_since: stamp(),
        work: helpdesk::domain::user::Work::default(),
        notifications: helpdesk::domain::notification::NotificationSettings::default(),
        releasing: 0,
        create_time: stamp(),
        update_time: stamp(),
        version: 1,
    }
}

fn key(id: &str, permission: Permission) -> AccessKey {
    AccessKey {
        id: AccessKeyId::stored(id),
        display_name: id.to_owned(),
        permissions: [permission, Permission::TicketsView].into_iter().collect(),
        customer_agent: None,
        secret_hash: vec![1; 32],
        expire_time: None,
        revoked: false,
        create_time: stamp(),
        update_time: stamp(),
        version: 1,
    }
}

fn pipeline() -> Pipeline {
    Pipeline::new(PipelineId::stored(DEFAULT_PIPELINE), "Support".to_owned(), 1, stamp())
}

fn statuses() -> Vec<Status> {
    let key = |id: &str| (PipelineId::stored(DEFAULT_PIPELINE), StatusId::stored(id));
    let status = |(position, (id, name, category)): (i64, (&str, &str, _))| {
        Status::new(key(id), String::from(name), category, position, stamp())
    };
    (1..).zip(DEFAULT_STATUSES).map(status).collect()
}

fn channels() -> Vec<Channel> {
    use ChannelKind::{Api, Calling, Chat, Email, Form, Whatsapp};
    let kinds = [
        ("mail", Email),
        ("sales", Email),
        ("form", Form),
        ("chat", Chat),
        ("whatsapp", Whatsapp),
        ("call", Calling),
        ("api", Api),
    ];
    kinds.into_iter().map(|(id, kind)| channel(id, kind)).collect()
}

fn channel(id: &str, kind: ChannelKind) -> Channel {
    let is_mail = kind == ChannelKind::Email;
    Channel {
        id: ChannelId::stored(id),
        display_name: format!("Our {id}"),
        kind,
        enabled: true,
        creates_tickets: true,
        pipeline: PipelineId::stored(DEFAULT_PIPELINE),
        delivered_by: Deliverer::Adapter,
        plain_reply_to: false,
        reply_window: None,
        calling: helpdesk::domain::call::CallingConfig::default(),
        routing_numbers: 1,
        email_address: if is_mail { format!("{id}@acme.example") } else { String::new() },
        routing: Routing { target: Target::Nobody, ..Routing::default() },
        routing_version: 1,
        routing_update_time: stamp(),
        create_time: stamp(),
        update_time: stamp(),
        version: 1,
    }
}
