//! The use cases: one file for each verb, in a room for each service. Ownership is decided here, so that every way in
//! (gRPC today, the web form later) shares it.

pub mod acceptances;
pub mod agreements;
pub mod caller;
pub mod checks;
pub mod error;
pub mod exceptions;
pub mod integrators;
pub mod ledger;
pub mod mutation;
pub mod paging;
pub mod ports;
pub mod private;
pub mod rows;
pub mod senders;
pub mod write;

use crate::{gate::Gate, store::Store};
use ports::{Clock, Entropy};
use std::{sync::Arc, time::Duration};

/// What all verbs share.
pub struct Services {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The facts in memory, for the gate's questions and for the impact of a publication.
    pub gate: Arc<Gate>,
    /// How long the answer to a write waits for this node's gate to have it.
    pub apply_patience: Duration,
    /// How long a question waits for the revision it asks for.
    pub revision_patience: Duration,
}
