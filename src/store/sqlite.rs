//! SQLite: one file, one process. WAL, every commit synced to disk.

use super::{STATEMENTS, StoreError, failure::fault};
use sqlx::{
    SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

pub use sqlx::sqlite::SqliteSynchronous;

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

type Db = sqlx::Sqlite;

/// Takes the only writer's place at once: a transaction that reads first and writes later may be refused.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
/// The file belongs to one process, whose own commits wake the gate: there is nobody else to tell.
const ANNOUNCE: Option<&str> = None;
const BEGIN_READ: &str = "BEGIN";
/// `sender_id` as text, in hexadecimal digits with hyphens or without.
const ID_TEXT: &str = "hex(sender_id)";
const CLOCK: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
const HAS_MIGRATIONS: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/sqlite");

#[path = "queries/mod.rs"]
mod queries;
pub use queries::Database as SqliteStore;

/// So many rows may wait for whoever reads them: with few, its thread and the database's take turns at each of them.
const ROWS: usize = 128;

/// How long to wait for an answer beyond the time that a lock may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl SqliteStore {
    /// The file that a URL names, if it is not there.
    pub fn missing_file(url: &str) -> Option<PathBuf> {
        let options: SqliteConnectOptions = url.parse().ok()?;
        Some(options.get_filename().to_owned()).filter(|file| !file.exists())
    }

    /// Opens the database file of a URL such as `sqlite://ombord.db`, and makes it where there is none. The file belongs to
    /// this process as long as the database is open; a second process is refused. `lock_timeout` is how long a statement
    /// waits for another program, such as a backup, that has the file locked.
    pub async fn open(url: &str, max_connections: u32, lock_timeout: Duration) -> Result<Self, StoreError> {
        Self::open_with(url, max_connections, lock_timeout, SqliteSynchronous::Full).await
    }

    /// The same with another durability than FULL, on which no service starts: see [`Store::obstacles`]. For the test that
    /// shows what FULL is good for.
    ///
    /// [`Store::obstacles`]: super::Store::obstacles
    pub async fn open_with(
        url: &str,
        max_connections: u32,
        lock_timeout: Duration,
        synchronous: SqliteSynchronous,
    ) -> Result<Self, StoreError> {
        let options: SqliteConnectOptions = url.parse()?;
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(fault("a ledger in memory would not outlive the process: name a file"));
        }
        // One file has one lock, whichever links lead to it.
        let file = std::fs::canonicalize(options.get_filename()).unwrap_or_else(|_| options.get_filename().into());
        let lock = lock(&file)?;
        // What is in it is personal data; the log beside it gets the same mode.
        _ = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&file);
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(lock_timeout)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS)
            .row_buffer_size(ROWS);
        let limit = lock_timeout + PATIENCE;
        let pool = || {
            SqlitePoolOptions::new()
                .test_before_acquire(false)
                .acquire_timeout(limit)
                .max_lifetime(None)
                .idle_timeout(None)
        };
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let reading = options.clone().create_if_missing(false).read_only(true);
        let readers = pool().max_connections(max_connections.saturating_sub(1).max(1)).connect_lazy_with(reading);
        Ok(Self::new(writer, readers, options, limit, Listener, Some(lock)))
    }
}

/// There are no other nodes to hear of.
pub(in crate::store) struct Listener;

impl Listener {
    async fn heard(&self) {
        std::future::pending().await
    }
}

/// Keeps other processes out by a lock on a file beside the database.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = Path::new(&name);
    let said = |error: &dyn std::fmt::Display| fault(format_args!("{}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| said(&error))?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|error| said(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(said(&"another process has this database open; an SQLite file belongs to one process"))
        }
        Err(TryLockError::Error(error)) => Err(said(&error)),
    }
}

/// Which settings would lose acknowledged writes, each with what to do.
async fn durability(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut obstacles = Vec::new();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    if mode != "wal" {
        obstacles
            .push(format!("the database's journal_mode is {mode}: put the file on a file system that supports WAL"));
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(conn).await?;
    if synchronous < 2 {
        obstacles.push(format!("the database's synchronous is {synchronous}: it must be FULL (2)"));
    }
    Ok(obstacles)
}
