//! What write transactions have written but not yet sent to the database, and what a reader among them must see of it.
//!
//! Writers that wait for one another share one database transaction. Each one's rows are kept here in a layer; all layers
//! together are sent in a few statements of many rows.

use super::{
    AcceptanceRow, CampaignRow, ConnectionRow, DocumentFormat, EntryRow, ExceptionRow, Head, InvitationRow, MailRow,
    PrivateRecord, Remembered, RequestKey, StoreError, failure::fault,
};
use crate::domain::{
    agreement::AgreementFacts,
    ids::{
        AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, InvitationId, MessageId,
        RecordId, SenderId, VersionLabel,
    },
    integrator::IntegratorFacts,
    ledger::tree::Subtree,
    organisation_number::LegalNumber,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::Language,
};
use std::{collections::HashMap, hash::Hash};
use tokio::sync::oneshot;

/// Rows by key, in the order they were first written.
pub(super) struct Rows<K, V> {
    rows: Vec<(K, V)>,
    places: HashMap<K, usize>,
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Rows<K, V> {
    /// The row with a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.places.get(key).and_then(|place| self.rows.get(*place)).map(|(_, row)| row)
    }

    /// All rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter().map(|(key, row)| (key, row))
    }

    /// Writes a row in place of an earlier one with the same key.
    pub(super) fn put(&mut self, key: K, row: V) {
        match self.places.get(&key).and_then(|place| self.rows.get_mut(*place)) {
            Some(old) => old.1 = row,
            None => {
                self.places.insert(key.clone(), self.rows.len());
                self.rows.push((key, row));
            }
        }
    }

    /// Writes a row that must be new.
    pub(super) fn add(&mut self, key: K, row: V) -> Result<(), StoreError> {
        if self.places.contains_key(&key) {
            return Err(fault("the same new row twice in one transaction"));
        }
        self.put(key, row);
        Ok(())
    }
}

/// The key of a document.
pub(super) type DocumentKey = (AgreementId, VersionLabel, Language, DocumentFormat);

/// The rows of one stretch of one transaction.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) integrators: Rows<IntegratorId, IntegratorFacts>,
    pub(super) agreements: Rows<AgreementId, AgreementFacts>,
    pub(super) documents: Rows<DocumentKey, Vec<u8>>,
    pub(super) specifications: Rows<(AgreementId, VersionLabel), String>,
    pub(super) private: Rows<RecordId, PrivateRecord>,
    pub(super) senders: Rows<SenderId, (SenderFacts, Option<RecordId>)>,
    pub(super) connections: Rows<ConnectionId, ConnectionRow>,
    pub(super) acceptances: Rows<AcceptanceId, AcceptanceRow>,
    pub(super) declines: Rows<DeclineId, (SenderId, u64)>,
    pub(super) exceptions: Rows<ExceptionId, ExceptionRow>,
    pub(super) entries: Rows<u64, EntryRow>,
    pub(super) subtrees: Rows<(u32, u64), Subtree>,
    pub(super) requests: Rows<RequestKey, (Remembered, Timestamp)>,
    pub(super) invitations: Rows<InvitationId, InvitationRow>,
    pub(super) links: Rows<Digest, u64>,
    pub(super) mails: Rows<MessageId, MailRow>,
    pub(super) campaigns: Rows<(AgreementId, VersionLabel), CampaignRow>,
    pub(super) paused: Option<bool>,
    numbers: HashMap<LegalNumber, SenderId>,
    sole_traders: HashMap<RecordId, SenderId>,
    lookups: HashMap<String, RecordId>,
    written: bool,
    /// Whether the database has it already.
    pub(super) sent: bool,
}

impl Layer {
    /// Whether the database has still to be told of it.
    pub(super) fn waits(&self) -> bool {
        self.written && !self.sent
    }
}

/// A transaction among those that share a database transaction.
pub(super) struct Member {
    /// Its rows, in the order they were written.
    pub(super) layers: Vec<Layer>,
    /// The head after it.
    pub(super) after: Head,
    /// Whether a savepoint was set before its first row was sent.
    pub(super) savepoint: bool,
    /// Who waits for the outcome.
    pub(super) reply: Option<oneshot::Sender<Result<(), StoreError>>>,
}

impl Member {
    /// A transaction that begins at this head.
    pub(super) fn new(before: Head) -> Self {
        Self { layers: Vec::new(), after: before, savepoint: false, reply: None }
    }

    /// Whether it wrote anything.
    pub(super) fn wrote(&self) -> bool {
        self.layers.iter().any(|layer| layer.written)
    }

    /// Tells whoever waits for the outcome, and may have gone away.
    pub(super) fn tell(self, outcome: Result<(), StoreError>) {
        if let Some(reply) = self.reply {
            let _ = reply.send(outcome);
        }
    }

    /// The layer that takes the next row.
    pub(super) fn layer(&mut self) -> &mut Layer {
        if self.layers.last().is_none_or(|layer| layer.sent) {
            self.layers.push(Layer::default());
        }
        let last = self.layers.len() - 1;
        let layer = &mut self.layers[last];
        layer.written = true;
        layer
    }

    /// Writes a sender with the record of its number, which later writes need not repeat.
    pub(super) fn put_sender(&mut self, facts: SenderFacts, private_number: Option<RecordId>) {
        let id = facts.sender_id;
        let layer = self.layer();
        if let Some(number) = facts.number {
            layer.numbers.insert(number, id);
        }
        if let Some(record) = private_number {
            layer.sole_traders.insert(record, id);
        }
        layer.senders.put(id, (facts, private_number));
    }

    /// Writes a connection. A second write of the same one begins a new layer, since the order of writes counts where
    /// two connections change references.
    pub(super) fn put_connection(&mut self, row: ConnectionRow) {
        if self.layer().connections.get(&row.connection_id).is_some() {
            self.layers.push(Layer::default());
        }
        self.layer().connections.put(row.connection_id, row);
    }

    /// Writes a private record.
    pub(super) fn add_private(&mut self, record: PrivateRecord) -> Result<(), StoreError> {
        let layer = self.layer();
        if let Some(lookup) = &record.lookup {
            layer.lookups.insert(lookup.clone(), record.record_id);
        }
        layer.private.add(record.record_id, record)
    }
}

/// All that is pending, as one transaction sees it: its own rows before those of the earlier ones.
#[derive(Clone, Copy)]
pub(super) struct Overlay<'a> {
    /// The transactions that have had their turn.
    pub(super) earlier: &'a [Member],
    /// The one whose turn it is.
    pub(super) own: &'a Member,
}

impl<'a> Overlay<'a> {
    fn newest_first(self) -> impl Iterator<Item = &'a Layer> {
        let earlier = self.earlier.iter().rev().flat_map(|member| member.layers.iter().rev());
        self.own.layers.iter().rev().chain(earlier)
    }

    /// The newest row that `of` finds in a layer.
    pub(super) fn find<V>(self, of: impl Fn(&'a Layer) -> Option<&'a V>) -> Option<&'a V> {
        self.newest_first().find_map(of)
    }

    /// The newest writing of every row of a table.
    pub(super) fn all<K: Clone + Eq + Hash + 'a, V>(
        self,
        of: impl Fn(&'a Layer) -> &'a Rows<K, V>,
    ) -> HashMap<&'a K, &'a V> {
        let mut all = HashMap::new();
        for layer in self.newest_first() {
            for (key, row) in of(layer).iter() {
                all.entry(key).or_insert(row);
            }
        }
        all
    }

    /// The rows of a table that the database has still to be told of; of some rows also earlier writings.
    pub(super) fn waiting<K: Clone + Eq + Hash + 'a, V: 'a>(
        self,
        of: impl Fn(&'a Layer) -> &'a Rows<K, V>,
    ) -> impl Iterator<Item = &'a V> {
        self.newest_first().filter(|layer| layer.waits()).flat_map(move |layer| of(layer).iter()).map(|(_, row)| row)
    }

    /// The sender with a number.
    pub(super) fn sender_of(self, number: &LegalNumber) -> Option<SenderId> {
        self.newest_first().find_map(|layer| layer.numbers.get(number)).copied()
    }

    /// The sole trader whose number is in a record.
    pub(super) fn sole_trader(self, record: RecordId) -> Option<SenderId> {
        self.newest_first().find_map(|layer| layer.sole_traders.get(&record)).copied()
    }

    /// The record with a look-up.
    pub(super) fn private_of(self, lookup: &str) -> Option<&'a PrivateRecord> {
        let id = self.newest_first().find_map(|layer| layer.lookups.get(lookup))?;
        self.find(|layer| layer.private.get(id))
    }

    /// Whether anything in it has still to be sent.
    pub(super) fn waits(self) -> bool {
        self.newest_first().any(Layer::waits)
    }
}

/// The last writing of every row, in the order of these last writings.
pub(super) fn latest<'a, K: Clone + Eq + Hash + 'a, V>(
    layers: &[&'a Layer],
    of: impl Fn(&'a Layer) -> &'a Rows<K, V>,
) -> Vec<&'a V> {
    let mut rows = Vec::new();
    let mut places: HashMap<&K, usize> = HashMap::new();
    for (key, row) in layers.iter().flat_map(|layer| of(layer).iter()) {
        if let Some(old) = places.insert(key, rows.len()) {
            rows[old] = None;
        }
        rows.push(Some(row));
    }
    rows.into_iter().flatten().collect()
}

/// Every row, for tables where a key is written once: a second writing is for the database to refuse.
pub(super) fn every<'a, K: Clone + Eq + Hash + 'a, V: 'a>(
    layers: &[&'a Layer],
    of: impl Fn(&'a Layer) -> &'a Rows<K, V>,
) -> Vec<(&'a K, &'a V)> {
    layers.iter().flat_map(|layer| of(layer).iter()).collect()
}
