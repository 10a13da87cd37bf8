//! A connection with an open transaction. Whatever happens to its user, it ends: committed, rolled back, or closed.

use super::{Conn, Db};
use crate::store::{
    StoreError,
    failure::{connection_lost, fault, unavailable, within},
};
use sqlx::{Pool, pool::PoolConnection};
use std::time::Duration;

/// An open transaction.
pub(super) struct Session {
    connection: Option<PoolConnection<Db>>,
    /// How long to wait for each answer.
    pub(super) limit: Duration,
}

impl Session {
    /// Begins a transaction with this statement. A pooled connection that was lost meanwhile is replaced.
    pub(super) async fn begin(pool: &Pool<Db>, statement: &'static str, limit: Duration) -> Result<Self, StoreError> {
        let mut stale = pool.num_idle();
        loop {
            let mut session = Self { connection: Some(within(limit, acquire(pool)).await?), limit };
            let begun = async { Ok(sqlx::raw_sql(statement).execute(session.connection()?).await) };
            match within(limit, begun).await {
                Ok(Ok(_)) => return Ok(session),
                Ok(Err(error)) if stale > 0 && connection_lost(&error) => {
                    stale -= 1;
                    session.abandon();
                }
                Ok(Err(error)) => {
                    session.abandon();
                    return Err(error.into());
                }
                Err(error) => {
                    session.abandon();
                    return Err(error);
                }
            }
        }
    }

    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut Conn, StoreError> {
        self.connection.as_deref_mut().ok_or_else(|| fault("the transaction has ended"))
    }

    /// Runs a statement without parameters, such as a savepoint.
    pub(super) async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let limit = self.limit;
        let conn = self.connection()?;
        within(limit, async { Ok(sqlx::raw_sql(statement).execute(conn).await.map(|_| ())?) }).await
    }

    /// Ends the transaction with COMMIT.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let done = self.run("COMMIT").await;
        match done {
            Ok(()) => drop(self.connection.take()),
            Err(_) => self.abandon(),
        }
        done
    }

    /// Closes the connection: the database then rolls back.
    pub(super) fn abandon(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            connection.close_on_drop();
        }
    }
}

async fn acquire(pool: &Pool<Db>) -> Result<PoolConnection<Db>, StoreError> {
    Ok(pool.acquire().await?)
}

impl Drop for Session {
    /// Rolls back in a task of its own, since nobody may be left to wait for it.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let limit = self.limit;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                let rollback = async { Ok(sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?) };
                if within(limit, rollback).await.is_err() {
                    connection.close_on_drop();
                }
            })),
            // The program is ending.
            Err(_) => drop(connection.leak()),
        }
    }
}

/// Why a transaction that others shared failed.
pub(super) fn shared(error: &StoreError) -> StoreError {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    unavailable(format_args!("the transaction that this write shared with others failed: {error}: {cause}"))
}
