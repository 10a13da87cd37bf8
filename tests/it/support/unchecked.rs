//! A store whose obstacles are overlooked, to see what they keep the service from.

use async_trait::async_trait;
use ombord::{
    domain::{ids::LedgerId, time::Timestamp},
    store::{Changes, Head, Reader, Store, StoreError, Tx},
};
use std::sync::Arc;
use uuid::Uuid;

/// The store behind, without its obstacles.
pub struct Unchecked(Arc<dyn Store>);

impl Unchecked {
    /// Migrates the store behind.
    pub async fn migrated(store: Arc<dyn Store>) -> Arc<dyn Store> {
        store.migrate(LedgerId(Uuid::from_u128(1))).await.unwrap();
        Arc::new(Self(store))
    }
}

#[async_trait]
impl Store for Unchecked {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.0.begin().await
    }
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.0.read().await
    }
    async fn changes(&self, since: &Head) -> Result<Changes, StoreError> {
        self.0.changes(since).await
    }
    async fn hint(&self) {
        self.0.hint().await
    }
    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.forget_requests(before).await
    }
    async fn migrate(&self, ledger_id: LedgerId) -> Result<(), StoreError> {
        self.0.migrate(ledger_id).await
    }
    async fn obstacles(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    async fn clock(&self) -> Result<Timestamp, StoreError> {
        self.0.clock().await
    }
    async fn close(&self) {
        self.0.close().await;
    }
}
