//! The use cases: one file for each verb, in a room for each service. Ownership is decided here, so that every way in
//! (gRPC, the hosted form, the commands) shares it.

pub mod acceptances;
pub mod agreements;
pub mod caller;
pub mod checks;
mod entries;
pub mod error;
pub mod exceptions;
pub mod form;
mod instant;
pub mod integrators;
pub mod invitations;
pub mod ledger;
pub mod link;
pub mod mail;
pub mod mutation;
pub mod outcome;
pub mod paging;
pub mod places;
pub mod ports;
pub mod private;
pub mod senders;
pub mod write;

use crate::{
    gate::Gate,
    store::{Head, Store},
};
use error::{Error, ErrorReason};
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
    /// The streams to followers.
    pub watches: checks::watch::Watches,
    /// The key that signs receipts and checkpoints, and those before it; without it there are none.
    pub log: Option<Arc<ledger::LogKeys>>,
    /// What links, mails and the form say of this service; without it there are no invitations and no mails.
    pub form: Option<FormSettings>,
}

impl Services {
    /// Refuses to write to a database that is not the one that this node's facts are of: one that was restored from a copy,
    /// or goes on under another id. `head` is that of a write under way, which the facts in memory are never ahead of.
    fn check_ledger(&self, head: &Head) -> error::Result<()> {
        let same = match self.gate.state() {
            Some(state) => state.ledger_id == head.ledger_id && state.revision <= head.revision,
            // A command has no facts, and one that is to accept a loss could have none.
            None => self.gate.blocked().is_none(),
        };
        if same {
            return Ok(());
        }
        self.gate.wake();
        let what = "this node's facts are not those of the ledger in the database; ask another node, or restart it";
        Err(Error::new(ErrorReason::GateNotReady, what))
    }
}

/// What links, mails and the hosted form say of this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSettings {
    /// The public address, without a slash at its end.
    pub base_url: String,
    /// The operator's name.
    pub operator_name: String,
    /// Where the operator's privacy notice is.
    pub privacy_notice_url: String,
    /// The operator's address, for contests.
    pub operator_email: Option<String>,
    /// Another mailbox that keeps checkpoints of the ledger.
    pub checkpoint_email: Option<String>,
}
