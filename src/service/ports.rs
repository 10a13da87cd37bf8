//! What the services need of the world besides the store.

use crate::domain::{ledger::commitment::Salt, time::Timestamp};
use async_trait::async_trait;
use uuid::Uuid;

/// The time of day.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Ids and randomness.
pub trait Entropy: Send + Sync {
    /// A random id that tells nothing.
    fn uuid_v4(&self) -> Uuid;
    /// An id that orders by time.
    fn uuid_v7(&self) -> Uuid;
    /// The salt of a commitment.
    fn salt(&self) -> Salt;
}

/// The gate's side of a write: it is told that there is something new, and asked whether it has it.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Wakes the reader of the ledger and waits, for a bounded time, until this node's gate has the revision.
    async fn applied(&self, revision: u64);
}
