//! Puts the parts together: the only place that knows all of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::auth::{KeyFileError, KeyFiles};
use crate::clock::{SharedClock, SystemClock};
use crate::domain::attachment::DeniedTypes;
use crate::domain::page::PageLimits;
use crate::domain::time::Timestamp;
use crate::grpc::auth::{Gate, GateLayer};
use crate::grpc::call::Front;
use crate::grpc::paging::ListLimits;
use crate::grpc::routes::{self, Routes};
use crate::grpc::sealing::Sealer;
use crate::grpc::server::{EdgeBuilder, EdgeLimits, descriptor_limit, tls_of};
use crate::ids::Ids;
use crate::lifecycle::{DrainTimes, Shutdown, TaskKind, Tasks};
use crate::mailer::Mailer;
use crate::service::Service;
use crate::service::content::ContentOptions;
use crate::service::events::{EventOptions, WatchLimits};
use crate::service::files::{FileOptions, Files};
use crate::service::workflows::Webhooks;
use crate::settings::{Settings, seal_key};
use crate::storage::blobs::S3Options;
use crate::storage::jobs::ClaimOptions;
use crate::storage::lane::{LaneLimits, Lanes};
use crate::storage::{Blobs, Store, StoreError, StoreOptions, migrate};
use crate::telemetry::Meters;
use crate::webhook::{Destinations, WebhookCaller, WebhookKey, network};
use crate::worker::{self, Worker, WorkerOptions};

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// Key sets.
    #[error("{0}")]
    Keys(#[from] KeyFileError),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// What a start may be given instead of the real thing.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock; with any other than the system's, PostgreSQL's own is not asked.
    pub clock: SharedClock,
    /// Whether [`Surroundings::clock`] is the system's.
    pub real_time: bool,
    /// Instruments.
    pub meters: Meters,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Surroundings({:?})", self.clock)
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { clock: SystemClock::shared(), real_time: true, meters: Meters::noop() }
    }
}

/// A service that listens.
#[derive(Debug)]
pub struct RunningApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Use cases, for those in the same process.
    pub service: Service,
    /// Background work; started here when time is real, driven by hand when it is not.
    pub worker: Worker,
    /// Begins the drain.
    pub shutdown: Shutdown,
    tasks: Tasks,
    drain: DrainTimes,
}

/// Opens the database (its schema is brought up to date), listens, and serves until [`RunningApp::stop`].
///
/// # Errors
/// [`StartError`] with one clear line.
pub async fn start(settings: &Settings, surroundings: Surroundings) -> Result<RunningApp, StartError> {
    let Surroundings { clock, real_time, meters } = surroundings;
    let shutdown = Shutdown::new();
    let tasks = Tasks::new(&shutdown);
    let store = open_store(settings, clock.clone(), real_time, meters.clone()).await?;
    let lanes =
        Lanes::start(&store, lane_limits(settings), |worker| drop(tasks.spawn("lane", TaskKind::Background, worker)));
    let service = Service::new(store.clone(), lanes, clock.clone(), settings.requests.retention)
        .with_files(files(settings, &tasks).await?)
        .with_content(content_options(settings))
        .with_events(event_options(settings))
        .with_sender_tickets(i64::from(settings.limits.sender_tickets))
        .with_search_texts(settings.limits.search_texts);
    let ids = Ids::system();
    let seal = seal_key(settings, &ids).map_err(|error| StartError::Other(error.to_string()))?;
    let destinations = destinations(settings);
    let webhooks = Webhooks { destinations: destinations.clone(), key: WebhookKey::new(seal.expose()) };
    let service = service.with_webhooks(webhooks);
    let keys = Arc::new(KeyFiles::open(settings)?);
    reload_keys(&tasks, &shutdown, keys.clone(), settings.auth.key_reload);
    let sealer = Arc::new(Sealer::new(seal.expose()));
    let front = Front { service: service.clone(), sealer, lists: list_limits(settings) };
    let (routes, health) = routes::build(&front, settings.server.reflection).await;
    let listener = listen(settings.server.listen)?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    let gate = Gate::new(service.clone(), keys, clock.clone());
    let edge = edge(settings, routes, gate, &tasks)?.meter(Arc::new(meters));
    serve(edge, listener, &shutdown, &tasks);
    let ending = shutdown.clone();
    drop(tasks.spawn("health", TaskKind::Background, async move { health.follow(&ending).await }));
    let (followed, stop) = (store.clone(), shutdown.closing().clone());
    drop(tasks.spawn("search", TaskKind::Background, worker::search::follow(followed, stop)));
    let mut handlers = worker::regular(&service);
    handlers.extend(worker::mail::handlers(&post(settings)?, &service));
    handlers.extend(worker::files::handlers(&service));
    let caller = webhook_caller(settings, destinations).map_err(StartError::Other)?;
    handlers.push(Box::new(worker::CallWebhook { service: service.clone(), caller }));
    let worker = Worker::new(store, clock, handlers, worker_options(settings));
    if real_time {
        let (worker, stop) = (worker.clone(), shutdown.closing().clone());
        drop(tasks.spawn("jobs", TaskKind::Background, async move { worker.run(stop).await }));
    }
    tracing::info!(%address, "serving");
    Ok(RunningApp { address, service, worker, shutdown, tasks, drain: drain_times(settings) })
}

/// Where webhooks may go; what cannot be read is refused with the settings.
fn destinations(settings: &Settings) -> Arc<Destinations> {
    Arc::new(Destinations::new(settings.webhooks.allow.iter().filter_map(|text| network(text)).collect()))
}

/// Makes the calls of webhooks.
fn webhook_caller(settings: &Settings, destinations: Arc<Destinations>) -> Result<WebhookCaller, String> {
    let asked = &settings.webhooks;
    let read = |file: &std::path::PathBuf| {
        std::fs::read(file).map_err(|error| format!("webhooks.ca: {}: {error}", file.display()))
    };
    let ca = asked.ca.as_ref().map(read).transpose()?;
    WebhookCaller::new(destinations, ca.as_deref(), asked.timeout)
}

fn content_options(settings: &Settings) -> ContentOptions {
    ContentOptions { link_hosts: settings.replies.link_hosts.clone() }
}

/// The place of files, tried out.
async fn files(settings: &Settings, tasks: &Tasks) -> Result<Files, StartError> {
    let (s3, asked) = (&settings.blobs.s3, &settings.attachments);
    let (blobs, cleaner) = if s3.bucket.is_empty() {
        Blobs::folder(settings.blobs.folder.as_deref().unwrap_or(&settings.data_dir.join("blobs")))?
    } else {
        Blobs::s3(&S3Options {
            bucket: s3.bucket.clone(),
            endpoint: Some(s3.endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
            region: s3.region.clone(),
            virtual_hosted: s3.virtual_hosted,
            access_key_id: s3.access_key_id.clone(),
            secret_access_key: s3.secret_access_key.clone(),
            ca: s3.ca.clone(),
            request: s3.timeout,
            retries: s3.retries,
        })?
    };
    blobs.check().await.map_err(|error| StartError::Other(format!("the place of files does not work: {error}")))?;
    drop(tasks.spawn("file cleaner", TaskKind::Background, cleaner.run()));
    let options = FileOptions {
        max_size: asked.max_size as u64,
        together: asked.together as u64,
        waiting: asked.waiting,
        keep: asked.keep,
        uploads: asked.uploads,
        idle: asked.idle,
        denied: DeniedTypes::new(&asked.denied),
    };
    Ok(Files::new(blobs, options))
}

fn event_options(settings: &Settings) -> EventOptions {
    let (watch, kept) = (&settings.watch, &settings.events);
    let (per_caller, per_account, per_replica) = (watch.per_caller, watch.per_account, watch.per_replica);
    EventOptions {
        retention: kept.retention,
        keep_at_least: kept.keep_at_least,
        progress: watch.progress,
        buffer_events: watch.buffer_events,
        buffer_bytes: watch.buffer,
        limits: WatchLimits { per_caller, per_account, per_replica },
        ..EventOptions::default()
    }
}

fn list_limits(settings: &Settings) -> ListLimits {
    let limits = &settings.limits;
    let page = PageLimits { default: limits.page_default, most: limits.page_max, bytes: limits.list_response };
    ListLimits { page, token_age: limits.page_token_age }
}

fn lane_limits(settings: &Settings) -> LaneLimits {
    let lanes = &settings.lanes;
    LaneLimits {
        operations: lanes.batch_operations,
        rows: lanes.batch_rows,
        time: lanes.batch_time,
        queue: lanes.queue,
        transaction: settings.database.transaction,
    }
}

fn post(settings: &Settings) -> Result<worker::mail::Post, StartError> {
    let mailer = Mailer::new(settings).map_err(StartError::Other)?;
    let mail = &settings.mail;
    let (from_domain, give_up, tries) = (mail.from_domain.clone(), mail.give_up, mail.tries);
    Ok(worker::mail::Post { mailer, from_domain, give_up, tries })
}

fn worker_options(settings: &Settings) -> WorkerOptions {
    let jobs = &settings.jobs;
    let default = WorkerOptions::default();
    let claim = ClaimOptions { lease: jobs.lease, attempts: jobs.attempts, ..default.claim };
    WorkerOptions { workers: jobs.workers, poll: jobs.poll, claim }
}

impl RunningApp {
    /// Serves until SIGTERM or SIGINT, then drains.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub async fn until_signal(self) -> std::io::Result<()> {
        let signals = crate::lifecycle::Signals::listen()?;
        let (shutdown, drain) = (self.shutdown.clone(), self.drain);
        drop(self.tasks.spawn("signals", TaskKind::Background, signals.heed(shutdown, drain)));
        self.shutdown.draining().cancelled().await;
        self.stop().await;
        Ok(())
    }

    /// Runs something beside the service until its end.
    pub fn also(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.tasks.spawn(name, TaskKind::Background, future));
    }

    /// Drains and ends, within the drain times whatever the clients do.
    pub async fn stop(self) {
        self.shutdown.begin();
        let (shutdown, drain) = (self.shutdown.clone(), self.drain);
        let stages = self.tasks.spawn("drain", TaskKind::Background, async move { shutdown.run(drain).await });
        self.tasks.work_done().await;
        // A batch that was begun is stored although the caller may be gone.
        self.shutdown.hard().run_until_cancelled(self.service.lanes.settled()).await;
        self.tasks.finish().await;
        drop(stages);
        if let Err(error) = self.service.store.close().await {
            tracing::warn!(%error, "the database connections did not close");
        }
    }
}

async fn open_store(
    settings: &Settings,
    clock: SharedClock,
    real_time: bool,
    meters: Meters,
) -> Result<Store, StartError> {
    let database = &settings.database;
    let url = database.url.expose();
    if let Some(path) = url.strip_prefix("sqlite://") {
        let path = path.split('?').next().unwrap_or(path);
        if let Some(folder) = std::path::Path::new(path).parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StartError::Other(format!("{}: {error}", folder.display())))?;
        }
    }
    migrate(url).await?;
    let options = StoreOptions {
        url: url.to_owned(),
        readers: database.read_connections,
        writers: database.write_connections,
        acquire_timeout: database.acquire,
        statement_timeout: database.statement,
        database_time: real_time,
        alone: real_time,
        lock_timeout: database.lock,
        idle_in_transaction: database.idle_in_transaction,
        tcp_user_timeout: database.tcp_user_timeout,
        slow_statement: database.slow_statement,
    };
    let store = Store::open(&options, clock).await?;
    if real_time && url.starts_with("sqlite") && !store.is_sole() {
        // Two of them would not see each other's changes at once; and a mistake in a script is likelier than an intention.
        let text = "another process serves this SQLite database, or its folder cannot be written to";
        return Err(StartError::Other(text.to_owned()));
    }
    Ok(store.observed(Arc::new(move |operations, took| meters.lane_batch(operations, took, "done"))))
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |error: std::io::Error| StartError::Other(format!("cannot listen on {address}: {error}"));
    let listener = std::net::TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    TcpListener::from_std(listener).map_err(failed)
}

fn edge(settings: &Settings, routes: Routes, gate: Gate, tasks: &Tasks) -> Result<EdgeBuilder, StartError> {
    let ids = Ids::system();
    let name_call = Arc::new(move || ids.uuid(SystemClock::shared().now()).to_string());
    let other = |error: &dyn std::fmt::Display| StartError::Other(error.to_string());
    let limits = EdgeLimits::from(settings).checked(descriptor_limit()).map_err(|error| other(&error))?;
    let tls = tls_of(&settings.server.tls).map_err(|error| other(&error))?.map(|(config, watch)| {
        drop(tasks.spawn("certificates", TaskKind::Background, watch.follow()));
        config
    });
    Ok(EdgeBuilder::new(routes, name_call).limits(limits).tls(tls).auth(GateLayer(Arc::new(gate))))
}

fn serve(edge: EdgeBuilder, listener: TcpListener, shutdown: &Shutdown, tasks: &Tasks) {
    let ending = shutdown.clone();
    drop(tasks.spawn("edge", TaskKind::Work, async move { edge.serve(vec![listener], ending).await }));
}

fn reload_keys(tasks: &Tasks, shutdown: &Shutdown, keys: Arc<KeyFiles>, every: Duration) {
    let draining = shutdown.draining().clone();
    drop(tasks.spawn("key sets", TaskKind::Background, async move {
        let mut tick = tokio::time::interval(every.max(Duration::from_millis(100)));
        loop {
            tokio::select! {
                () = draining.cancelled() => return,
                _ = tick.tick() => {}
            }
            let keys = keys.clone();
            match tokio::task::spawn_blocking(move || keys.reload()).await {
                Ok(Ok(true)) => tracing::info!("the key sets changed"),
                Ok(Ok(false)) | Err(_) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the key sets stay as they were"),
            }
        }
    }));
}

fn drain_times(settings: &Settings) -> DrainTimes {
    DrainTimes::from(&settings.server.drain)
}

/// The present moment of the system, for those that print it.
pub fn now() -> Timestamp {
    SystemClock::shared().now()
}
