//! Databases for tests: SQLite in a directory of its own; PostgreSQL on a server that this process starts from the
//! machine's own binaries, or on the one named by OMBORD_TEST_POSTGRES_URL, whose user may make databases.

use super::{
    cluster::{Cluster, program},
    variable,
};
use ombord::{
    domain::ids::LedgerId,
    store::{
        Store,
        postgres::{PostgresOptions, PostgresStore},
        sqlite::SqliteStore,
    },
};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::{
    mem::ManuallyDrop,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database of a test's own, with a schema and an empty ledger.
pub struct Database {
    pub kind: Kind,
    pub store: Arc<dyn Store>,
    pub url: String,
    pub ledger_id: LedgerId,
    name: String,
    /// Where an SQLite file lies, as long as this lives.
    pub directory: Option<TempDir>,
}

/// Runs one test body on both databases, one after the other.
pub async fn each<F: Future<Output = ()>>(body: impl Fn(Arc<Database>) -> F) {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if let Some(database) = Database::make(kind).await {
            eprintln!("on {kind:?}:");
            let database = Arc::new(database);
            body(database.clone()).await;
            database.discard().await;
        }
    }
}

/// The options of tests: those of a small service.
pub const OPTIONS: PostgresOptions = PostgresOptions {
    max_connections: 5,
    lock_timeout: Duration::from_secs(10),
    statement_timeout: Duration::from_secs(20),
    idle_in_transaction_timeout: Duration::from_secs(20),
};

/// How long SQLite waits for a lock, in tests.
pub const BUSY: Duration = Duration::from_secs(5);

static MADE: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A new database; none where this machine has no PostgreSQL and need not have it.
    pub async fn make(kind: Kind) -> Option<Self> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("ombord_test_{}_{number}", std::process::id());
        let (url, directory) = match kind {
            Kind::Sqlite => {
                let directory = tempfile::tempdir().unwrap();
                (format!("sqlite://{}", directory.path().join("ombord.db").display()), Some(directory))
            }
            Kind::Postgres => (clone_of_template(&name).await?, None),
        };
        let store = open(kind, &url).await;
        let ledger_id = LedgerId(Uuid::from_u64_pair(std::process::id().into(), number.into()));
        store.migrate(ledger_id).await.unwrap();
        Some(Self { kind, store, url, ledger_id, name, directory })
    }

    /// Another node on the same database. SQLite has only one.
    pub async fn other_node(&self) -> Arc<dyn Store> {
        open(self.kind, &self.url).await
    }

    /// Runs SQL behind the store's back.
    pub async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        match self.kind {
            Kind::Sqlite => {
                let mut conn = sqlx::SqliteConnection::connect(&self.url).await?;
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await?;
                conn.close().await
            }
            Kind::Postgres => {
                let mut conn = sqlx::PgConnection::connect(&self.url).await?;
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await?;
                conn.close().await
            }
        }
    }

    /// The first column of the rows of a query, which must be text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match self.kind {
            Kind::Sqlite => {
                let mut conn = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
            Kind::Postgres => {
                let mut conn = sqlx::PgConnection::connect(&self.url).await.unwrap();
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
        }
    }

    /// A database that a copy of this one was restored into: what an operator has after a crash, or a thief.
    pub async fn copy(&self) -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("ombord_test_{}_{number}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copy.db");
        let (url, directory) = match self.kind {
            Kind::Sqlite => {
                self.execute(&format!("VACUUM INTO '{}'", file.display())).await.unwrap();
                (format!("sqlite://{}", file.display()), Some(folder))
            }
            Kind::Postgres => {
                let server = server().await.unwrap();
                administer(server, &format!("CREATE DATABASE {name}")).await;
                let url = sibling(server, &name);
                let dumped = Command::new(program("pg_dump")).arg(&self.url).arg("-f").arg(&file).status().unwrap();
                let restore = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f"];
                let restored = Command::new(program("psql")).arg(&url).args(restore).arg(&file).status().unwrap();
                assert!(dumped.success() && restored.success(), "dumped and restored");
                (url, None)
            }
        };
        Self { kind: self.kind, store: open(self.kind, &url).await, url, ledger_id: self.ledger_id, name, directory }
    }

    /// Drops a database of the server's; a file goes with its directory.
    pub async fn discard(&self) {
        if self.kind == Kind::Postgres {
            let url = server().await.unwrap();
            administer(url, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
    }
}

/// Opens a database that another process made.
pub async fn open(kind: Kind, url: &str) -> Arc<dyn Store> {
    match kind {
        Kind::Sqlite => Arc::new(SqliteStore::open(url, 5, BUSY).await.unwrap()),
        Kind::Postgres => Arc::new(PostgresStore::open(url, &OPTIONS).await.unwrap()),
    }
}

async fn administer(server: &str, sql: &str) {
    let mut conn = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

/// The URL of another database on a server.
fn sibling(server: &str, name: &str) -> String {
    let (plain, query) =
        server.split_once('?').map_or((server, String::new()), |(plain, query)| (plain, format!("?{query}")));
    let (base, _) = plain.rsplit_once('/').unwrap();
    format!("{base}/{name}{query}")
}

/// Makes a database with the schema; its ledger is made by whoever opens it.
async fn clone_of_template(name: &str) -> Option<String> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = server().await?;
    let template = TEMPLATE
        .get_or_init(|| async {
            let template = format!("ombord_test_{}_template", std::process::id());
            administer(server, &format!("CREATE DATABASE {template}")).await;
            let url = sibling(server, &template);
            let store = PostgresStore::open(&url, &OPTIONS).await.unwrap();
            store.migrate(LedgerId(Uuid::nil())).await.unwrap();
            store.close().await;
            administer(&url, "DELETE FROM head").await;
            template
        })
        .await;
    administer(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    Some(sibling(server, name))
}

/// The URL of the server, if there is one. Where there is none the run says so and goes on; with CI=true it fails.
async fn server() -> Option<&'static str> {
    static SERVER: OnceCell<Option<String>> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            if let Some(url) = variable("OMBORD_TEST_POSTGRES_URL") {
                return Some(url);
            }
            // It lives as long as this process.
            let cluster = ManuallyDrop::new(Cluster::make().await?);
            Some(cluster.url())
        })
        .await
        .as_deref()
}
