//! A database.

use super::{
    CLOCK, Conn, Db, Listener, durability, group::Turn, head_and_entries, read::Read, requests, schema, write::Write,
};
use crate::{
    domain::{ids::LedgerId, time::Timestamp},
    store::{Changes, Head, Reader, Store, StoreError, Tx, changes, codec::at, failure::within},
};
use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, Pool, pool::PoolConnection};
use std::{fs::File, time::Duration};

/// A database with one connection for writers, who take turns, and several for readers.
pub struct Database {
    writer: Pool<Db>,
    readers: Pool<Db>,
    /// For migrations, which may take longer than any other statement.
    migrations: <Conn as Connection>::Options,
    /// How long to wait for an answer before the connection is given up.
    limit: Duration,
    turn: Turn,
    /// Hears of other nodes' commits.
    listener: Listener,
    /// Keeps other processes out, where the database is a file.
    _lock: Option<File>,
}

impl Database {
    /// From what the dialect has opened.
    pub(in crate::store) fn new(
        writer: Pool<Db>,
        readers: Pool<Db>,
        migrations: <Conn as Connection>::Options,
        limit: Duration,
        listener: Listener,
        lock: Option<File>,
    ) -> Self {
        Self { writer, readers, migrations, limit, turn: Turn::default(), listener, _lock: lock }
    }

    async fn reader(&self) -> Result<PoolConnection<Db>, StoreError> {
        within(self.limit, async { Ok(self.readers.acquire().await?) }).await
    }
}

#[async_trait]
impl Store for Database {
    async fn close(&self) {
        self.turn.lock().await.close().await;
        // SQLite takes its log up when the last connection ends, and that must be one that may write.
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        let mut held = self.turn.clone().lock_owned().await;
        let before = held.open(&self.writer, self.limit).await?.head().clone();
        Ok(Box::new(Write::new(self.turn.clone(), held, before)))
    }

    async fn read(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(Read::begin(&self.readers, self.limit).await?))
    }

    async fn changes(&self, since: &Head) -> Result<Changes, StoreError> {
        let mut conn = self.reader().await?;
        let head = match within(self.limit, head_and_entries::head(&mut conn)).await {
            Ok(head) => head,
            Err(error) => {
                conn.close_on_drop();
                return Err(error);
            }
        };
        if head == *since {
            return Ok(Changes::none(head));
        }
        drop(conn);
        let mut read = Read::begin(&self.readers, self.limit).await?;
        changes(&mut read, since.revision).await
    }

    async fn hint(&self) {
        self.listener.heard().await;
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let mut place = self.turn.lock().await;
            place.close().await;
            let mut conn = within(self.limit, async { Ok(self.writer.acquire().await?) }).await?;
            let some = match within(self.limit, requests::forget(&mut conn, before)).await {
                Ok(some) => some,
                Err(error) => {
                    conn.close_on_drop();
                    return Err(error);
                }
            };
            forgotten += some;
            if some < requests::FORGET_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }

    async fn migrate(&self, new_ledger: LedgerId) -> Result<(), StoreError> {
        let mut conn = self.migrations.connect().await?;
        let done = schema::migrate(&mut conn, new_ledger).await;
        conn.close().await?;
        done
    }

    async fn obstacles(&self) -> Result<Vec<String>, StoreError> {
        let mut place = self.turn.lock().await;
        place.close().await;
        let mut conn = within(self.limit, async { Ok(self.writer.acquire().await?) }).await?;
        within(self.limit, async {
            let mut obstacles = durability(&mut conn).await?;
            obstacles.extend(schema::obstacles(&mut conn).await?);
            Ok(obstacles)
        })
        .await
    }

    async fn clock(&self) -> Result<Timestamp, StoreError> {
        let mut conn = self.reader().await?;
        let micros: i64 =
            within(self.limit, async { Ok(sqlx::query_scalar(CLOCK).fetch_one(&mut *conn).await?) }).await?;
        at("clock", &"now").time("now", micros)
    }
}
