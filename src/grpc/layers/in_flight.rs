//! How many calls are under way at once in this process. A full pool answers at once instead of queueing, so that what
//! is under way still gets done; the gate has a pool of its own, so that it does not wait behind anything else. A call has its
//! place before its message is there, so integrators, whose messages may come slowly or never, have a share of each.

use crate::{
    auth::table,
    grpc::status,
    service::{caller::Caller, error::ErrorReason, places},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tonic::Status;

pub(super) struct InFlight {
    gate: Arc<Pool>,
    other: Arc<Pool>,
}

struct Pool {
    most: usize,
    taken: AtomicUsize,
    of_integrators: Arc<places::Places>,
}

/// A place in a pool, until it is dropped.
pub(super) struct Place {
    pool: Arc<Pool>,
    of_integrator: Option<places::Place>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pool.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl InFlight {
    pub fn new(gate: usize, other: usize) -> Self {
        let pool = |most| {
            let of_integrators = Arc::new(places::Places::new(most, 2));
            Arc::new(Pool { most, taken: AtomicUsize::new(0), of_integrators })
        };
        Self { gate: pool(gate), other: pool(other) }
    }

    /// A place in a pool, held while the handler works.
    pub fn enter(&self, pool: table::Pool) -> Result<Place, Status> {
        let pool = match pool {
            table::Pool::Gate => &self.gate,
            table::Pool::Other => &self.other,
        };
        // Made before it is known whether there is room, so that whoever is turned away gives back what it took.
        let before = pool.taken.fetch_add(1, Ordering::AcqRel);
        let place = Place { pool: Arc::clone(pool), of_integrator: None };
        if before < pool.most {
            return Ok(place);
        }
        Err(overloaded("too many calls are under way; come again a little later"))
    }
}

impl Place {
    /// Counts the place for its caller, once that is known: half of all are the integrators', a quarter one integrator's.
    pub fn counts_for(&mut self, caller: &Caller) -> Result<(), Status> {
        if caller.integrator().is_some() {
            let place = self.pool.of_integrators.take(caller);
            let none = || overloaded("too many calls of integrators are under way; come again a little later");
            self.of_integrator = Some(place.ok_or_else(none)?);
        }
        Ok(())
    }
}

fn overloaded(message: &'static str) -> Status {
    status::of(ErrorReason::Overloaded, message)
}
