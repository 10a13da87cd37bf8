//! PostgreSQL: any number of nodes, whose writers take turns at the head row.

use super::{STATEMENTS, StoreError};
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::time::Duration;
use tokio::sync::Mutex;

type Db = sqlx::Postgres;

const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Delivered with the commit, to whoever listens: see [`Listener`].
const ANNOUNCE: Option<&str> = Some("NOTIFY ombord");
/// `sender_id` as text, in hexadecimal digits with hyphens or without.
const ID_TEXT: &str = "CAST(sender_id AS TEXT)";
const CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
const HAS_MIGRATIONS: &str = "SELECT COUNT(*) FROM information_schema.tables \
    WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/postgres");

#[expect(clippy::duplicate_mod, reason = "one body of SQL, compiled for each database")]
#[path = "queries/mod.rs"]
mod queries;
pub use queries::Database as PostgresStore;

/// How sessions behave: so that a node that hangs does not stop the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Connections at most, of which one writes.
    pub max_connections: u32,
    /// How long a writer waits for the writers of other nodes.
    pub lock_timeout: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// How long a transaction may rest between two statements.
    pub idle_in_transaction_timeout: Duration,
}

impl PostgresStore {
    /// Prepares the connections to a database. None is made yet, so a database that is away is no error here. Async, since
    /// the pools need a runtime.
    pub async fn open(url: &str, options: &PostgresOptions) -> Result<Self, StoreError> {
        let connect: PgConnectOptions = url.parse::<PgConnectOptions>()?;
        let connect = connect.application_name("ombord").statement_cache_capacity(STATEMENTS);
        let milliseconds = |time: Duration| time.as_millis().to_string();
        let limited = connect.clone().options([
            ("lock_timeout", milliseconds(options.lock_timeout)),
            ("statement_timeout", milliseconds(options.statement_timeout)),
            ("idle_in_transaction_session_timeout", milliseconds(options.idle_in_transaction_timeout)),
        ]);
        // A server that hangs does not time out by itself.
        let limit = options.statement_timeout.max(options.lock_timeout) + Duration::from_secs(1);
        let pool = || PgPoolOptions::new().test_before_acquire(false).acquire_timeout(limit);
        let writer = pool().max_connections(1).connect_lazy_with(limited.clone());
        let readers =
            pool().max_connections(options.max_connections.saturating_sub(1).max(1)).connect_lazy_with(limited);
        let listener = Listener::new(pool().max_connections(1).connect_lazy_with(connect.clone()));
        Ok(Self::new(writer, readers, connect, limit, listener, None))
    }
}

/// How long to wait before listening is tried again.
const SILENCE: Duration = Duration::from_secs(1);

/// Hears of commits, over a connection of its own.
pub(in crate::store) struct Listener {
    pool: PgPool,
    listening: Mutex<Option<PgListener>>,
}

impl Listener {
    fn new(pool: PgPool) -> Self {
        Self { pool, listening: Mutex::new(None) }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen("ombord").await?;
        Ok(listener)
    }

    /// Waits for one commit. Whatever goes wrong only makes the waiting longer: polling is the truth.
    async fn heard(&self) {
        let mut listening = self.listening.lock().await;
        let heard = match listening.as_mut() {
            Some(listener) => listener.recv().await.map(|_| ()),
            // Something may have been committed before this connection began to hear: that counts as heard.
            None => self.listen().await.map(|listener| *listening = Some(listener)),
        };
        if heard.is_err() {
            *listening = None;
            tokio::time::sleep(SILENCE).await;
        }
    }
}

/// Which settings would lose acknowledged writes, each with what to do.
async fn durability(conn: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let mut obstacles = Vec::new();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&mut *conn).await?;
        if value == "off" {
            obstacles.push(format!("the database's {setting} is off, so acknowledged writes can be lost: turn it on"));
        }
    }
    Ok(obstacles)
}
