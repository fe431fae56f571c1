//! Opening the database, and the few things every user of it needs.

use std::sync::Arc;
use std::time::Duration;

use helpdesk_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::StoreError;
use super::gather::Gather;
use super::hints::Hints;
use super::read::principal::{KeyRows, UserRows};
use super::remember::Memory;
use super::sole;
use crate::clock::SharedClock;
use crate::domain::ids::{AccessKeyId, AccountId, TicketNumber, UserId};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::ids::Ids;

/// The oldest SQLite without the bug that could lose commits in WAL mode.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// How to open the database.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://path?mode=rwc` or `postgres://…`.
    pub url: String,
    /// Read connections.
    pub readers: u32,
    /// Write connections on PostgreSQL; SQLite has one.
    pub writers: u32,
    /// How long to wait for a connection.
    pub acquire_timeout: Duration,
    /// How long a statement may take on PostgreSQL.
    pub statement_timeout: Duration,
    /// Whether PostgreSQL's clock says what time it is (T1); tests use the injected one.
    pub database_time: bool,
    /// Whether to take a SQLite file for this process alone, see [`Store::is_sole`].
    pub alone: bool,
    /// How long to wait for a lock, the account's turn included, on PostgreSQL.
    pub lock_timeout: Duration,
    /// PostgreSQL ends a session that sits idle inside a transaction for this long.
    pub idle_in_transaction: Duration,
    /// PostgreSQL gives a connection up whose client takes no data for this long, and frees its locks.
    pub tcp_user_timeout: Duration,
    /// A statement that took longer is logged as a warning.
    pub slow_statement: Duration,
}

impl StoreOptions {
    /// The defaults (L-20, L-21) for `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 6,
            writers: 4,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            database_time: true,
            alone: false,
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction: Duration::from_secs(10),
            tcp_user_timeout: Duration::from_secs(10),
            slow_statement: Duration::from_millis(200),
        }
    }
}

/// What is told about each batch: operations and time.
pub type BatchObserver = Arc<dyn Fn(usize, Duration) + Send + Sync>;

/// The database.
#[derive(Clone)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    backend: DbBackend,
    writers: usize,
    lock_timeout: Duration,
    clock: SharedClock,
    database_time: bool,
    ids: Arc<Ids>,
    hints: Hints,
    shared: Arc<SharedReads>,
    sole: Option<Arc<std::fs::File>>,
    observer: BatchObserver,
}

/// Reads that calls share with each other.
#[derive(Debug, Default)]
pub(super) struct SharedReads {
    /// People behind tokens.
    pub users: Gather<(AccountId, UserId), UserRows>,
    /// Machines behind access keys.
    pub keys: Gather<(AccountId, AccessKeyId), KeyRows>,
    /// Tickets.
    pub tickets: Gather<(AccountId, TicketNumber), Ticket>,
    /// People whose rows have not changed since they were read; only of a sole server.
    pub known_users: Memory<UserId, UserRows>,
    /// Machines, likewise.
    pub known_keys: Memory<AccessKeyId, KeyRows>,
}

impl SharedReads {
    /// A commit that changes account, people or keys begins.
    pub fn callers_changing(&self, account: &AccountId) {
        self.known_users.changing(account);
        self.known_keys.changing(account);
    }

    /// That commit is over.
    pub fn callers_changed(&self, account: &AccountId) {
        self.known_users.changed(account);
        self.known_keys.changed(account);
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.backend)
    }
}

impl Store {
    /// Opens the database; its schema must be up to date (see [`migrate`]).
    ///
    /// # Errors
    /// When it cannot be reached, or is too old to be trusted.
    pub async fn open(options: &StoreOptions, clock: SharedClock) -> Result<Self, StoreError> {
        let sqlite = options.url.starts_with("sqlite");
        let (reader, writer) = if sqlite { open_sqlite(options).await? } else { open_postgres(options).await? };
        let backend = if sqlite { DbBackend::Sqlite } else { DbBackend::Postgres };
        let writers = if sqlite { 1 } else { options.writers as usize };
        let (database_time, ids) = (options.database_time, Arc::new(Ids::system()));
        let store = Self {
            reader,
            writer,
            backend,
            writers,
            lock_timeout: options.lock_timeout,
            clock,
            database_time,
            ids,
            hints: Hints::default(),
            shared: Arc::default(),
            sole: options.alone.then(|| sole::take(&options.url)).flatten().map(Arc::new),
            observer: Arc::new(|_, _| ()),
        };
        store.check_version().await?;
        Ok(store)
    }

    /// Tells `observer` about each batch.
    #[must_use]
    pub fn observed(mut self, observer: BatchObserver) -> Self {
        self.observer = observer;
        self
    }

    /// For reads outside lanes.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For the few writes outside lanes (W9).
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// A write transaction: IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        let sqlite_transaction_mode = (self.backend == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// The moment, by the injected clock, or by the database's own where the clock follows it (T1).
    ///
    /// # Errors
    /// The database's.
    pub async fn now(&self, db: &impl ConnectionTrait) -> Result<Timestamp, StoreError> {
        if self.backend == DbBackend::Sqlite || !self.database_time {
            return Ok(self.clock.now());
        }
        let sql = format!("SELECT {} AS micros", super::dialect::clock(DbBackend::Postgres));
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        let row = row.ok_or_else(|| StoreError::Unusable("the database has no clock".to_owned()))?;
        Ok(self.moment(row.try_get("", "micros")?))
    }

    /// The moment, where a statement has read the database's clock along with something else (T1).
    pub(super) fn moment(&self, database: i64) -> Timestamp {
        if self.backend == DbBackend::Sqlite || !self.database_time {
            return self.clock.now();
        }
        Timestamp::from_micros(database)
    }

    /// A random id that is not part of a decision.
    pub fn random_id(&self) -> Uuid {
        self.ids.uuid(self.clock.now())
    }

    /// How long a lock may be waited for.
    pub(super) fn lock_timeout(&self) -> Duration {
        self.lock_timeout
    }

    pub(super) fn writers(&self) -> usize {
        self.writers
    }

    /// How many accounts may share a commit: on PostgreSQL fewer, since other commits go on beside it.
    pub(super) fn accounts_per_commit(&self) -> usize {
        if self.backend == DbBackend::Sqlite { 16 } else { 8 }
    }

    pub(super) fn observe_batch(&self, operations: usize, took: Duration) {
        (self.observer)(operations, took);
    }

    /// Wakes the watchers of this replica: a hint, never the news itself.
    pub(super) fn hint_committed(&self, account: &AccountId) {
        self.hints.committed(account);
    }

    /// Wakes the workers of this replica at `due`, if they rest for longer.
    pub(super) fn hint_due(&self, now: Timestamp, due: Timestamp) {
        self.hints.wake(now, due);
    }

    /// Changes whenever a batch of this replica asks for a job that is due sooner; says when that is.
    pub fn jobs_due(&self) -> watch::Receiver<Timestamp> {
        self.hints.due()
    }

    /// Whether this process alone serves the database; never so for PostgreSQL.
    pub fn is_sole(&self) -> bool {
        self.sole.is_some()
    }

    pub(super) fn shared(&self) -> &SharedReads {
        &self.shared
    }

    /// Changes whenever this replica commits.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.hints.all()
    }

    /// Changes whenever this replica commits something of `account`.
    pub fn commits_of(&self, account: &AccountId) -> watch::Receiver<u64> {
        self.hints.of(account)
    }

    async fn check_version(&self) -> Result<(), StoreError> {
        if self.backend != DbBackend::Sqlite {
            return Ok(());
        }
        let sql = Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version() AS version");
        let row = self.reader.query_one_raw(sql).await?;
        let text: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
        let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if version < OLDEST_SQLITE {
            return Err(StoreError::Unusable(format!("SQLite {text} can lose commits; 3.51.3 is the oldest allowed")));
        }
        Ok(())
    }

    /// Ends all connections.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(self) -> Result<(), StoreError> {
        self.writer.close().await?;
        Ok(self.reader.close().await?)
    }
}

fn common(options: &StoreOptions, connections: u32) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    connect
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging_level(log::LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, options.slow_statement);
    connect
}

async fn open_sqlite(options: &StoreOptions) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    let mut write = common(options, 1);
    write.min_connections(1).idle_timeout(None).max_lifetime(None).map_sqlx_sqlite_opts(|connection| {
        connection
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .statement_cache_capacity(256)
            .busy_timeout(Duration::from_secs(5))
            // What a statement may have to undo is kept in memory, not in a file that is made and removed each time.
            .pragma("temp_store", "memory")
            // The pages of a full batch fit (KiB).
            .pragma("cache_size", "-8000")
            // Copying the log back costs as much for a page written once as for one written by ten batches.
            .pragma("wal_autocheckpoint", "4000")
    });
    write.map_sqlx_sqlite_pool_opts(|pool| {
        // SQLite ends a transaction by itself when the disk is full or fails, and the driver does not notice: on this
        // connection every later transaction would be a part of one that nobody commits.
        pool.after_release(|connection, _| {
            Box::pin(async move {
                // Behind a rollback that was only asked for.
                sea_orm::sqlx::Connection::ping(&mut *connection).await?;
                Ok(!sea_orm::sqlx::Connection::is_in_transaction(connection))
            })
        })
    });
    let writer = Database::connect(write).await?;
    let mut read = common(options, options.readers);
    read.idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(|connection| connection.read_only(true).statement_cache_capacity(64));
    let reader = Database::connect(read).await?;
    Ok((reader, writer))
}

async fn open_postgres(options: &StoreOptions) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let times = [
        ("statement_timeout", options.statement_timeout),
        ("lock_timeout", options.lock_timeout),
        ("idle_in_transaction_session_timeout", options.idle_in_transaction),
        ("tcp_user_timeout", options.tcp_user_timeout),
    ];
    let times = times.map(|(name, time)| (name, time.as_millis().to_string()));
    let session = move |connection: sea_orm::sqlx::postgres::PgConnectOptions, keyed: bool| {
        let mut set = times.to_vec();
        set.extend([("synchronous_commit", "on".to_owned()), ("jit", "off".to_owned())]);
        // A prepared plan outlives the size that its table had: reading all of a young one costs nothing, and an hour later
        // everything.
        set.extend([("enable_seqscan", "off".to_owned())]);
        if keyed {
            // A lane finds every row by its key: a plan that reads a table would only be a guess about a young one.
            set.extend([
                ("enable_hashjoin", "off".to_owned()),
                ("enable_mergejoin", "off".to_owned()),
                ("plan_cache_mode", "force_generic_plan".to_owned()),
            ]);
        }
        connection.statement_cache_capacity(256).options(set)
    };
    let mut write = common(options, options.writers + 2);
    let keyed = session.clone();
    write.map_sqlx_postgres_opts(move |connection| keyed(connection, true)).map_sqlx_postgres_pool_opts(|pool| {
        // A BEGIN that was dropped on the wire leaves a transaction open, and the next writer would lose its work in it.
        pool.after_release(|connection, _| {
            Box::pin(async move {
                sea_orm::sqlx::Executor::execute(&mut *connection, "ROLLBACK").await?;
                Ok(true)
            })
        })
    });
    let writer = Database::connect(write).await?;
    let mut read = common(options, options.readers);
    read.map_sqlx_postgres_opts(move |connection| session(connection, false));
    let reader = Database::connect(read).await?;
    Ok((reader, writer))
}

/// Brings the schema of the database at `url` up to date; replicas that start together take turns.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging_level(log::LevelFilter::Trace);
    if url.starts_with("sqlite") {
        options.map_sqlx_sqlite_opts(|connection| connection.create_if_missing(true));
    }
    let db = Database::connect(options).await?;
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    if postgres {
        db.execute_unprepared("SELECT pg_advisory_lock(5105105)").await?;
    }
    let result = Migrator::up(&db, None).await;
    if postgres {
        db.execute_unprepared("SELECT pg_advisory_unlock(5105105)").await?;
    }
    db.close().await?;
    Ok(result?)
}
