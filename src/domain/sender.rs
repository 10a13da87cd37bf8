//! Senders and their connections.

use super::{
    acts::{Act, ActState},
    agreement::{AgreementFacts, Notice},
    exception::{Exception, Suspension},
    ids::{AcceptanceId, AgreementId, ConnectionId, IntegratorId, SenderId},
    organisation_number::LegalNumber,
    time::Timestamp,
    vocabulary::{ConfirmationBasis, ConnectionState, ContactQuality, ContentType},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// When and by what a connection was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Confirmation {
    /// When it was recorded.
    pub time: Timestamp,
    /// By what.
    pub basis: ConfirmationBasis,
}

/// A connection as the gate needs it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// When it counts as unconfirmed, if the sender contested it and nobody resolved that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contested: Option<Timestamp>,
    /// Whether the sender's person confirmed the contact point: then the integrator does not change it (R6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_confirmed: bool,
    /// Whether mail to the contact point came back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_bounced: bool,
}

impl Connection {
    /// Where it stands at `now`: a contest that nobody resolved takes the confirmation away.
    pub fn state_at(&self, now: Timestamp) -> ConnectionState {
        match self.state {
            ConnectionState::Active if self.contested.is_some_and(|until| until <= now) => ConnectionState::Unconfirmed,
            state => state,
        }
    }
}

/// What is known of a sender. Personal data is not here: a sole trader has no number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The new versions that it was told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The acceptances whose confirmation did not reach the person who gave them (R5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed: Vec<AcceptanceId>,
    /// When it first appeared.
    pub created: Timestamp,
    /// The revision of the last change.
    pub revision: u64,
}

impl SenderFacts {
    /// A sender of which nothing more is known.
    pub fn new(sender_id: SenderId, number: Option<LegalNumber>, created: Timestamp, revision: u64) -> Self {
        Self {
            sender_id,
            number,
            suspension: None,
            connections: Vec::new(),
            acts: Vec::new(),
            exceptions: Vec::new(),
            notices: Vec::new(),
            unconfirmed: Vec::new(),
            created,
            revision,
        }
    }

    /// The instants at which something of this sender changes by itself, exceptions apart.
    pub fn instants<'a>(
        &'a self,
        agreements: impl Iterator<Item = &'a AgreementFacts> + 'a,
    ) -> impl Iterator<Item = Timestamp> + 'a {
        let acts = self.acts.iter().filter_map(|act| match act.state {
            ActState::Contested { until, .. } => Some(until),
            _ => None,
        });
        let connections = self.connections.iter().filter_map(|connection| connection.contested);
        let told = agreements.flat_map(|agreement| {
            agreement.versions.iter().filter_map(|version| version.deadline(&agreement.agreement_id, &self.notices))
        });
        acts.chain(connections).chain(told)
    }

    /// The sender as it shows over its connection with an integrator: unless that is confirmed, what the sender did
    /// through others does not show.
    pub fn seen_through(&self, integrator: &IntegratorId, now: Timestamp) -> Cow<'_, Self> {
        let active = |c: &Connection| c.state_at(now) == ConnectionState::Active;
        if self.connection(integrator).is_some_and(active) {
            return Cow::Borrowed(self);
        }
        let (acts, notices, unconfirmed) = (Vec::new(), Vec::new(), Vec::new());
        Cow::Owned(Self { acts, notices, unconfirmed, ..self.clone() })
    }

    /// The acceptances through an integrator whose confirmation did not arrive: a new contact point over its active
    /// connection gets it (R5).
    pub fn undelivered(&self, integrator: &IntegratorId, now: Timestamp) -> impl Iterator<Item = &Act> {
        let active = self.connection(integrator).is_some_and(|c| c.state_at(now) == ConnectionState::Active);
        self.acts.iter().filter(move |act| {
            let came_back = || self.unconfirmed.iter().any(|id| id.0 == act.id);
            active && act.through.as_ref() == Some(integrator) && act.stands(now) && came_back()
        })
    }

    /// All acts about an agreement.
    pub fn acts_about(&self, agreement: &AgreementId) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(move |act| act.agreement_id == *agreement)
    }

    /// The connection with an integrator that counts: the last one.
    pub fn connection(&self, integrator: &IntegratorId) -> Option<&Connection> {
        self.connections.iter().rev().find(|c| c.integrator_id == *integrator)
    }
}
