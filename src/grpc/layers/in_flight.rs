//! How many calls are under way at once in this process. A full pool answers at once instead of queueing, so that what
//! is under way still gets done; the gate has a pool of its own, so that it does not wait behind anything else.

use crate::{auth::table::Pool, grpc::status, service::error::ErrorReason};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tonic::Status;

pub(super) struct InFlight {
    gate: Arc<Places>,
    other: Arc<Places>,
}

struct Places {
    most: usize,
    taken: AtomicUsize,
}

/// A place in a pool, until it is dropped.
pub(super) struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl InFlight {
    pub fn new(gate: usize, other: usize) -> Self {
        let places = |most| Arc::new(Places { most, taken: AtomicUsize::new(0) });
        Self { gate: places(gate), other: places(other) }
    }

    /// A place in a pool, held while the handler works.
    pub fn enter(&self, pool: Pool) -> Result<Place, Status> {
        let places = match pool {
            Pool::Gate => &self.gate,
            Pool::Other => &self.other,
        };
        // Made before it is known whether there is room, so that whoever is turned away gives back what it took.
        let before = places.taken.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(places));
        if before < places.most {
            return Ok(place);
        }
        Err(status::of(ErrorReason::Overloaded, "too many calls are under way; come again a little later"))
    }
}
