//! What the services need of the world besides the store.

use crate::domain::{ledger::commitment::Salt, time::Timestamp};
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
    /// Thirty-two random bytes, such as a link's token.
    fn secret(&self) -> [u8; 32];
}
