//! How many calls are under way at once in this process. A full pool answers at once instead of queueing, so that what
//! is under way still gets done; the gate has a pool of its own, so that it does not wait behind anything else.

use crate::{auth::table::Pool, grpc::status, service::error::ErrorReason};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::Status;

pub(super) struct InFlight {
    gate: Semaphore,
    other: Semaphore,
}

impl InFlight {
    pub fn new(gate: usize, other: usize) -> Self {
        let places = |wanted: usize| Semaphore::new(wanted.min(Semaphore::MAX_PERMITS));
        Self { gate: places(gate), other: places(other) }
    }

    /// A place in a pool, held while the handler works.
    pub fn enter(&self, pool: Pool) -> Result<SemaphorePermit<'_>, Status> {
        let places = match pool {
            Pool::Gate => &self.gate,
            Pool::Other => &self.other,
        };
        places
            .try_acquire()
            .map_err(|_| status::of(ErrorReason::Overloaded, "too many calls are under way; come again a little later"))
    }
}
