//! SQLite: one file, one process. WAL, every commit synced to disk.

use super::{StoreError, failure::fault};
use sqlx::{
    SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::Duration,
};

type Db = sqlx::Sqlite;

/// Takes the only writer's place at once: a transaction that reads first and writes later may be refused.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
const BEGIN_READ: &str = "BEGIN";
const CLOCK: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
const HAS_MIGRATIONS: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/sqlite");

#[path = "queries/mod.rs"]
pub mod queries;
pub use queries::Database;

/// How long a statement waits for a lock that another program, such as a backup, has on the file.
const BUSY: Duration = Duration::from_secs(5);
/// How long to wait for any answer.
const LIMIT: Duration = Duration::from_secs(60);
const READERS: u32 = 8;

/// Opens a database file, and makes it where there is none. The file belongs to this process as long as the database is
/// open; a second process is refused.
pub async fn open(path: &Path) -> Result<Database, StoreError> {
    let lock = lock(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .statement_cache_capacity(512);
    let pool = || {
        SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(LIMIT).max_lifetime(None).idle_timeout(None)
    };
    let writer = pool().max_connections(1).connect_with(options.clone()).await?;
    let readers = pool().max_connections(READERS).connect_lazy_with(options.clone().create_if_missing(false).read_only(true));
    Ok(Database::new(writer, readers, options, LIMIT, Some(lock)))
}

/// Keeps other processes out by a lock on a file beside the database.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = Path::new(&name);
    let said = |error: &dyn std::fmt::Display| fault(format_args!("{}: {error}", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|error| said(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(said(&"another process has this database open; an SQLite file belongs to one process")),
        Err(TryLockError::Error(error)) => Err(said(&error)),
    }
}

/// Which settings would lose acknowledged writes, each with what to do.
async fn durability(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut obstacles = Vec::new();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    if mode != "wal" {
        obstacles.push(format!("the database's journal_mode is {mode}: put the file on a file system that supports WAL"));
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(conn).await?;
    if synchronous < 2 {
        obstacles.push(format!("the database's synchronous is {synchronous}: it must be FULL (2)"));
    }
    Ok(obstacles)
}
