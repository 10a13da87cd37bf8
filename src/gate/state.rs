//! One immutable state: all facts at one revision.

use super::shards::Shards;
use crate::{
    domain::{
        decision::Catalogue,
        facts::{self, Misfit},
        ids::{IntegratorId, LedgerId, SenderId},
        ledger::{Entry, Event},
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        vocabulary::ConnectionState,
    },
    store::Snapshot,
};
use std::sync::Arc;

/// All facts at one revision. Copies share what did not change.
#[derive(Debug, Clone)]
pub struct State {
    /// Which ledger.
    pub ledger_id: LedgerId,
    /// The revision of every answer from this state.
    pub revision: u64,
    catalogue: Arc<Catalogue>,
    senders: Shards<SenderId, Arc<SenderFacts>>,
    numbers: Shards<OrganisationNumber, SenderId>,
    references: Shards<(IntegratorId, String), SenderId>,
}

/// What an entry did to the state.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is not the next one.
    #[error("revision {found} follows revision {known}")]
    Gap {
        /// The revision of the state.
        known: u64,
        /// The revision of the entry.
        found: u64,
    },
    /// It does not fit.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl State {
    /// The state of a snapshot.
    pub fn of(snapshot: Snapshot) -> Self {
        let catalogue = Catalogue {
            integrators: snapshot.integrators.into_iter().map(|i| (i.integrator_id.clone(), i)).collect(),
            agreements: snapshot.agreements.into_iter().map(|a| (a.agreement_id.clone(), a)).collect(),
        };
        let mut state = Self {
            ledger_id: snapshot.head.ledger_id,
            revision: snapshot.head.revision,
            catalogue: Arc::new(catalogue),
            senders: Shards::new(),
            numbers: Shards::new(),
            references: Shards::new(),
        };
        for (facts, number) in snapshot.senders {
            state.keep(facts, number);
        }
        state
    }

    /// What is the same for all senders.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A sender by its id.
    pub fn sender(&self, id: SenderId) -> Option<&SenderFacts> {
        self.senders.get(&id).map(AsRef::as_ref)
    }

    /// A sender by its number.
    pub fn sender_of(&self, number: &OrganisationNumber) -> Option<&SenderFacts> {
        self.numbers.get(number).and_then(|id| self.sender(*id))
    }

    /// A sender by an integrator's reference.
    pub fn sender_referred(&self, integrator: &IntegratorId, reference: &str) -> Option<&SenderFacts> {
        self.references.get(&(integrator.clone(), reference.to_owned())).and_then(|id| self.sender(*id))
    }

    /// All senders, in no order.
    pub fn senders(&self) -> impl Iterator<Item = &SenderFacts> {
        self.senders.values().map(AsRef::as_ref)
    }

    /// Folds the next entry in; `number` is that of a sole trader which the entry registers.
    pub fn apply(&mut self, entry: &Entry, number: Option<OrganisationNumber>) -> Result<(), Refused> {
        if entry.revision != self.revision + 1 {
            return Err(Refused::Gap { known: self.revision, found: entry.revision });
        }
        let touched = entry.event.touched();
        if let Some(id) = &touched.integrator {
            let catalogue = Arc::make_mut(&mut self.catalogue);
            let before = catalogue.integrators.remove(id);
            catalogue.integrators.insert(id.clone(), facts::integrator(before, entry)?);
        }
        if let Some(id) = &touched.agreement {
            let catalogue = Arc::make_mut(&mut self.catalogue);
            let before = catalogue.agreements.remove(id);
            catalogue.agreements.insert(id.clone(), facts::agreement(before, entry)?);
        }
        for id in touched.senders {
            let before = self.senders.get(&id).map(|facts| facts.as_ref().clone());
            if let Event::ConnectionUpdated { .. } = &entry.event {
                self.forget_references(before.as_ref());
            }
            let after = facts::sender(before, id, entry)?;
            self.keep(after, number);
        }
        self.revision = entry.revision;
        Ok(())
    }

    fn keep(&mut self, facts: SenderFacts, number: Option<OrganisationNumber>) {
        if let Some(number) = facts.number.map(OrganisationNumber::Legal).or(number) {
            self.numbers.insert(number, facts.sender_id);
        }
        for connection in &facts.connections {
            let key = (connection.integrator_id.clone(), connection.external_reference.clone());
            // An ended connection goes on answering by its reference until another sender takes it.
            if connection.state != ConnectionState::Ended || self.references.get(&key).is_none() {
                self.references.insert(key, facts.sender_id);
            }
        }
        self.senders.insert(facts.sender_id, Arc::new(facts));
    }

    fn forget_references(&mut self, facts: Option<&SenderFacts>) {
        for connection in facts.map(|f| &f.connections[..]).unwrap_or_default() {
            let key = (connection.integrator_id.clone(), connection.external_reference.clone());
            if self.references.get(&key) == facts.map(|f| &f.sender_id) {
                self.references.remove(&key);
            }
        }
    }
}
