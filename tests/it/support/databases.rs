//! A migrated database per test, on either engine, and "same body, both engines".

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::postgres::{self, Cluster};

/// Which engine holds a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of one test's own. The SQLite file goes with the value, the PostgreSQL database with its cluster.
pub struct TestDatabase {
    /// What `Store` opens.
    pub url: String,
    pub engine: Engine,
    folder: Option<TempDir>,
}

impl TestDatabase {
    /// A migrated SQLite file in a folder of its own.
    pub fn sqlite(_hint: &str) -> Self {
        let database = Self::empty_sqlite();
        let file = database.file().expect("SQLite has a file");
        std::fs::write(file, sqlite_template()).expect("the template can be copied");
        database
    }

    /// A migrated PostgreSQL database in the shared cluster; `None`, and a word on standard error, without PostgreSQL.
    pub fn postgres(hint: &str) -> Option<Self> {
        let Some(cluster) = postgres::shared() else {
            postgres::report_skipped(hint);
            return None;
        };
        Some(Self::within(cluster, hint))
    }

    /// A migrated database in a cluster that the test owns. Keep the cluster longer than the database.
    pub fn within(cluster: &Cluster, hint: &str) -> Self {
        cluster.template(migrate_and_close);
        Self { url: cluster.new_database(hint), engine: Engine::Postgres, folder: None }
    }

    /// A database without any table, for the tests of the migrations.
    pub fn empty(engine: Engine, hint: &str) -> Option<Self> {
        if engine == Engine::Sqlite {
            return Some(Self::empty_sqlite());
        }
        let Some(cluster) = postgres::shared() else {
            postgres::report_skipped(hint);
            return None;
        };
        Some(Self { url: cluster.new_empty_database(hint), engine, folder: None })
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join("helpdesk.db"))
    }

    fn empty_sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("helpdesk-test-").tempdir().expect("a temporary folder");
        Self { url: sqlite_url(&folder.path().join("helpdesk.db")), engine: Engine::Sqlite, folder: Some(folder) }
    }
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

/// The migrated file that every SQLite test gets a copy of; made once per run.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let database = TestDatabase::empty_sqlite();
        let file = database.file().expect("SQLite has a file");
        migrate_and_close(&database.url);
        assert!(!file.with_extension("db-wal").exists(), "the migration closes its connections");
        std::fs::read(file).expect("the migration made the file")
    })
}

/// Migrates on a thread of its own, because callers may already be inside a runtime.
fn migrate_and_close(url: &str) {
    let url = url.to_owned();
    let migration = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(helpdesk::storage::migrate(&url)).expect("the schema is made");
    });
    migration.join().expect("the migration succeeds");
}

/// One test body for both engines: makes the tests `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// both_engines!(a_ticket_keeps_its_number, |db: TestDatabase| async move {
///     let store = Store::open(&db.url).await.expect("the database opens");
/// });
/// ```
macro_rules! both_engines {
    ($name:ident, $body:expr $(,)?) => {
        async fn $name(database: $crate::support::databases::TestDatabase) {
            let body = $body;
            body(database).await;
        }
        mod $name {
            use $crate::support::databases::TestDatabase;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(TestDatabase::sqlite(stringify!($name))).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = TestDatabase::postgres(stringify!($name)) {
                    super::$name(database).await;
                }
            }
        }
    };
}
pub(crate) use both_engines;
