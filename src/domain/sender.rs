//! Senders and their connections.

use super::{
    acts::Act,
    exception::{Exception, Suspension},
    ids::{ConnectionId, IntegratorId, SenderId},
    organisation_number::LegalNumber,
    time::Timestamp,
    vocabulary::{ConfirmationBasis, ConnectionState, ContactQuality, ContentType},
};
use serde::{Deserialize, Serialize};

/// When and by what a connection was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// When it was recorded.
    pub time: Timestamp,
    /// By what.
    pub basis: ConfirmationBasis,
}

/// A connection as the gate needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub connection_id: ConnectionId,
    /// With whom.
    pub integrator_id: IntegratorId,
    /// Where it stands.
    pub state: ConnectionState,
    /// What is known of its contact point (R6).
    pub contact: ContactQuality,
    /// The integrator's own key for the sender.
    pub external_reference: String,
    /// What the sender means to send; no permission, only what status and lists show.
    pub content_types: Vec<ContentType>,
    /// How it became active; absent before.
    pub confirmed: Option<Confirmation>,
    /// When it was ended; absent before.
    pub ended: Option<Timestamp>,
}

/// What is known of a sender. Personal data is not here: a sole trader has no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderFacts {
    /// Its id.
    pub sender_id: SenderId,
    /// Its number; absent for a sole trader.
    pub number: Option<LegalNumber>,
    /// Suspension stops sending; acts are still recorded.
    pub suspension: Option<Suspension>,
    /// All connections, ended ones included; of several with one integrator the last counts.
    pub connections: Vec<Connection>,
    /// All acts, in the order they were recorded.
    pub acts: Vec<Act>,
    /// Lifts for this sender.
    pub exceptions: Vec<Exception>,
    /// When it first appeared.
    pub created: Timestamp,
    /// The revision of the last change.
    pub revision: u64,
}

impl SenderFacts {
    /// The connection with an integrator that counts: the last one.
    pub fn connection(&self, integrator: &IntegratorId) -> Option<&Connection> {
        self.connections.iter().rev().find(|c| c.integrator_id == *integrator)
    }
}
