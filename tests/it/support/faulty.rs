//! A store that fails as a database can: away, unreadable, slow, or with an entry that nobody knows.

use async_trait::async_trait;
use ombord::{
    domain::{ids::LedgerId, ledger::entry::Unreadable, time::Timestamp},
    store::{Changes, Head, Reader, Store, StoreError, Tx},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It cannot be reached.
    Away,
    /// A row cannot be read.
    Corrupt,
    /// Each transaction begins this much later.
    Slow(Duration),
    /// The ledger has an entry of a kind that this program does not know.
    Strange,
}

/// The store behind, with a fault that can be set.
pub struct Faulty {
    store: Arc<dyn Store>,
    fault: Mutex<Fault>,
}

impl Faulty {
    /// A store without a fault yet.
    pub fn over(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { store, fault: Mutex::new(Fault::None) })
    }

    /// Sets what is wrong from now on.
    pub fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }

    async fn suffer(&self) -> Result<(), StoreError> {
        match self.fault() {
            Fault::None | Fault::Strange => Ok(()),
            Fault::Away => Err(StoreError::Unavailable(anyhow::anyhow!("secret: the host db-7 does not answer"))),
            Fault::Corrupt => Err(StoreError::Corrupt {
                table: "sender",
                column: "facts",
                id: "secret".into(),
                cause: anyhow::anyhow!("no JSON"),
            }),
            Fault::Slow(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Store for Faulty {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.suffer().await?;
        self.store.begin().await
    }
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.suffer().await?;
        self.store.read().await
    }
    async fn changes(&self, since: &Head) -> Result<Changes, StoreError> {
        self.suffer().await?;
        let mut changes = self.store.changes(since).await?;
        if self.fault() == Fault::Strange {
            changes.head.revision = since.revision + 1;
            changes.unreadable = Some((changes.head.revision, Unreadable::Schema(99)));
        }
        Ok(changes)
    }
    async fn hint(&self) {
        self.store.hint().await
    }
    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.forget_requests(before).await
    }
    async fn migrate(&self, ledger_id: LedgerId) -> Result<(), StoreError> {
        self.store.migrate(ledger_id).await
    }
    async fn obstacles(&self) -> Result<Vec<String>, StoreError> {
        self.store.obstacles().await
    }
    async fn clock(&self) -> Result<Timestamp, StoreError> {
        self.store.clock().await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
