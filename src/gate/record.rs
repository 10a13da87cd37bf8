//! One sender in memory, and what is left of its connections that ended.

use crate::domain::{
    ids::{ConnectionId, IntegratorId, SenderId},
    organisation_number::{OrganisationNumber, PackedNumber},
    profile::Profile,
    sender::{Connection, SenderFacts},
    time::Timestamp,
    vocabulary::ConnectionState,
};
use std::sync::Arc;

/// What finds a sender, and what decides about it.
#[derive(Debug)]
pub struct Record {
    /// Its id.
    pub sender_id: SenderId,
    number: Option<PackedNumber>,
    /// The revision of its last change.
    pub revision: u64,
    profile: Arc<Profile>,
    /// The integrators' own keys, a line for each connection of the profile.
    references: Box<str>,
}

impl Record {
    /// A record; `references` has one for each connection of the profile, in the same order.
    pub fn new<'a>(
        sender_id: SenderId,
        number: Option<OrganisationNumber>,
        revision: u64,
        profile: Arc<Profile>,
        references: impl Iterator<Item = &'a str>,
    ) -> Self {
        let lines: Vec<&str> = references.collect();
        let number = number.map(OrganisationNumber::packed);
        Self { sender_id, number, revision, profile, references: lines.join("\n").into() }
    }

    /// Its number; absent for a sole trader where that is not to be known.
    pub fn number(&self) -> Option<OrganisationNumber> {
        self.number.map(PackedNumber::number)
    }

    pub(super) fn packed_number(&self) -> Option<PackedNumber> {
        self.number
    }

    /// The facts to decide on.
    pub fn facts(&self) -> &SenderFacts {
        self.profile.facts()
    }

    /// The profile, which other senders may share.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// What an integrator is told of it: its profile and the integrator's own key; nothing without a connection.
    pub fn seen_by(&self, integrator: &IntegratorId, now: Timestamp) -> Option<(Profile, &str)> {
        let (_, reference) = self.references().find(|(connection, _)| connection.integrator_id == *integrator)?;
        Some((self.profile.seen_by(integrator, now)?, reference))
    }

    /// Each connection with the integrator's own key for the sender.
    pub fn references(&self) -> impl Iterator<Item = (&Connection, &str)> {
        self.facts().connections.iter().zip(self.references.split('\n'))
    }

    /// The keys of the connections that have not ended.
    pub fn open_references(&self) -> impl Iterator<Item = (&IntegratorId, &str)> {
        let open = self.references().filter(|(connection, _)| connection.state != ConnectionState::Ended);
        open.map(|(connection, reference)| (&connection.integrator_id, reference))
    }
}

/// The newest connection that had a reference and ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// With whom.
    pub integrator_id: IntegratorId,
    /// The integrator's own key.
    pub external_reference: String,
    /// Which connection; a later one has a greater id.
    pub connection_id: ConnectionId,
    /// Whose.
    pub sender_id: SenderId,
}

/// A sender that was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The sender.
    pub record: &'a Record,
    /// The id of its profile as far as the look-up told it; 0 where the record has to be asked.
    pub(super) profile: u64,
}

impl<'a> From<&'a Record> for Found<'a> {
    fn from(record: &'a Record) -> Self {
        Self { record, profile: record.profile().id() }
    }
}
