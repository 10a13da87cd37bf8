//! One immutable state: all facts at one revision.

use super::shards::Shards;
use crate::{
    domain::{
        decision::Catalogue,
        facts::{self, Misfit},
        ids::{ConnectionId, IntegratorId, LedgerId, SenderId},
        ledger::Entry,
        organisation_number::OrganisationNumber,
        sender::{Connection, SenderFacts},
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
    references: Shards<Reference, SenderId>,
    /// Of connections that ended, which go on answering by a reference while no open one has it.
    ended: Shards<Reference, Vec<(ConnectionId, SenderId)>>,
}

/// An integrator's own key for a sender.
type Reference = (IntegratorId, String);

fn reference(connection: &Connection) -> Reference {
    (connection.integrator_id.clone(), connection.external_reference.clone())
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
            ended: Shards::new(),
        };
        for (facts, number) in snapshot.senders {
            state.keep(None, facts, number);
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

    /// A sender by an integrator's reference: that of the open connection, else of the one made last.
    pub fn sender_referred(&self, integrator: &IntegratorId, reference: &str) -> Option<&SenderFacts> {
        let key = (integrator.clone(), reference.to_owned());
        let last = || self.ended.get(&key)?.iter().max().map(|(_, id)| id);
        self.references.get(&key).or_else(last).and_then(|id| self.sender(*id))
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
            let before = self.senders.get(&id).cloned();
            let after = facts::sender(before.as_deref().cloned(), id, entry)?;
            self.keep(before.as_deref(), after, number);
        }
        self.revision = entry.revision;
        Ok(())
    }

    fn keep(&mut self, before: Option<&SenderFacts>, facts: SenderFacts, number: Option<OrganisationNumber>) {
        if let Some(number) = facts.number.map(OrganisationNumber::Legal).or(number) {
            self.numbers.insert(number, facts.sender_id);
        }
        for connection in &facts.connections {
            let was = before.and_then(|f| f.connections.iter().find(|c| c.connection_id == connection.connection_id));
            let open = connection.state != ConnectionState::Ended;
            if let Some(was) = was {
                // One that has ended never changes again.
                let was_open = was.state != ConnectionState::Ended;
                if was_open == open && was.external_reference == connection.external_reference {
                    continue;
                }
                self.references.remove(&reference(was));
            }
            let key = reference(connection);
            if open {
                self.references.insert(key, facts.sender_id);
            } else {
                let mut all = self.ended.get(&key).cloned().unwrap_or_default();
                all.push((connection.connection_id, facts.sender_id));
                self.ended.insert(key, all);
            }
        }
        self.senders.insert(facts.sender_id, Arc::new(facts));
    }
}
