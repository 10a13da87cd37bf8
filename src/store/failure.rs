//! How what a database says becomes one of the store's errors.

use super::StoreError;
use sqlx::{error::DatabaseError, migrate::MigrateError, postgres::PgDatabaseError, sqlite::SqliteError};

/// SQLite's primary result codes of conditions that pass: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
const PASSING_SQLITE: &[u32] = &[5, 6, 8, 10, 13, 14, 15];

/// PostgreSQL's codes, or their first two characters, of conditions that pass: connection lost, transaction rolled back,
/// read-only standby, idle-in-transaction timeout, out of resources, lock not available, cancelled by a timeout or an
/// operator, input or output error.
const PASSING_POSTGRES: &[&str] = &["08", "40", "25006", "25P03", "53", "55P03", "57", "58"];

fn passes(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return PASSING_POSTGRES.iter().any(|passing| code.starts_with(passing));
    }
    error.try_downcast_ref::<SqliteError>().is_some()
        && code.parse::<u32>().is_ok_and(|code| PASSING_SQLITE.contains(&(code & 0xff)))
}

/// Whether the connection is gone, so that a new one may fare better at once.
pub(super) fn connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            error.try_downcast_ref::<PgDatabaseError>().is_some() && (code.starts_with("57P") || code == "25P03")
        }
        _ => false,
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => passes(error.as_ref()),
            _ => false,
        };
        if unavailable { Self::Unavailable(error.into()) } else { Self::Fault(error.into()) }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            error => Self::Fault(error.into()),
        }
    }
}

/// A fault of ours, told in words.
pub(super) fn fault(what: impl std::fmt::Display) -> StoreError {
    StoreError::Fault(anyhow::anyhow!("{what}"))
}

/// The database is away, told in words.
pub(super) fn unavailable(what: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(anyhow::anyhow!("{what}"))
}

/// Waits for the database no longer than `limit`: a server that hangs does not answer with a timeout of its own.
pub(super) async fn within<T>(
    limit: std::time::Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(unavailable(format_args!("no answer within {limit:?}"))),
    }
}
