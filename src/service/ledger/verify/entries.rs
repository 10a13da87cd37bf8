//! The entries from the first one on: their bytes, their order, their tree, and the facts that they make.

use super::{Report, cells, derived::Derived, private::Bound};
use crate::{
    domain::{
        agreement::AgreementFacts,
        facts,
        ids::{AgreementId, Digest, IntegratorId, LedgerId, SenderId},
        integrator::IntegratorFacts,
        ledger::{
            Entry, Event,
            note::Checkpoint,
            tree::{Frontier, Subtree, leaf_hash},
        },
        mail::LinkPurpose,
        sender::SenderFacts,
    },
    store::evidence::{Cell, ENTRY},
};
use std::collections::HashMap;

/// The facts that the ledger alone makes.
#[derive(Default)]
pub(super) struct Known {
    pub(super) integrators: HashMap<IntegratorId, IntegratorFacts>,
    pub(super) agreements: HashMap<AgreementId, AgreementFacts>,
    pub(super) senders: HashMap<SenderId, SenderFacts>,
}

/// A walk through the entries.
pub(super) struct Walk<'a> {
    pub(super) report: Report,
    pub(super) tree: Frontier,
    pub(super) full: Vec<Subtree>,
    pub(super) known: Known,
    pub(super) expected: Derived,
    pub(super) private: Bound,
    since: Option<&'a Checkpoint>,
    /// The root where the checkpoint was made.
    root: Option<Digest>,
    /// The id of the ledger that the last entry was written in, and where it took over.
    ledger_id: Option<LedgerId>,
    /// Former ids, each with the revision that ended it and how many entries it had.
    former: Vec<(LedgerId, u64, u64)>,
    /// The revision of the last row.
    last: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(ledger_id: LedgerId, since: Option<&'a Checkpoint>) -> Self {
        let tree = Frontier::default();
        let root = tree.root();
        let report = Report {
            ledger_id,
            entries: 0,
            root,
            rows: 0,
            rollbacks: Vec::new(),
            unbound_actors: 0,
            faults: Vec::new(),
            untold: 0,
        };
        Self {
            report,
            tree,
            full: Vec::new(),
            known: Known::default(),
            expected: Derived::default(),
            private: Bound::default(),
            since,
            root: Some(root).filter(|_| since.is_some_and(|since| since.size == 0)),
            ledger_id: None,
            former: Vec::new(),
            last: 0,
        }
    }

    /// Looks at the next row.
    pub(super) fn look(&mut self, row: &[Cell]) {
        let [Cell::Number(revision), Cell::Number(_), _, _, _, Cell::Text(canonical), Cell::Bytes(leaf)] = row else {
            return self.report.fault("entry", "", cells::id_of(&ENTRY, row), "cannot be read");
        };
        let revision = *revision;
        if revision != self.last + 1 {
            let what = format!("the revisions {} to {} are missing", self.last + 1, revision - 1);
            self.report.fault("entry", "revision", revision, what);
        }
        self.last = revision;
        let hash = leaf_hash(canonical.as_bytes());
        if hash.0.as_slice() != leaf.as_slice() {
            self.report.fault("entry", "leaf_hash", revision, "is not that of the entry");
        }
        self.full.extend(self.tree.push(hash));
        if self.since.is_some_and(|since| since.size == self.tree.size()) {
            self.root = Some(self.tree.root());
        }
        match Entry::read(canonical) {
            Ok(entry) => self.entry(row, revision, canonical, &entry),
            Err(_) => self.report.fault("entry", "canonical", revision, "is no entry that this program can read"),
        }
    }

    fn entry(&mut self, row: &[Cell], revision: i64, canonical: &str, entry: &Entry) {
        if entry.canonical().ok().as_deref() != Some(canonical) {
            self.report.fault("entry", "canonical", revision, "is not canonical");
        }
        if i64::try_from(entry.revision) != Ok(revision) {
            return self.report.fault("entry", "revision", revision, "is not what the entry itself says");
        }
        self.ledger(entry);
        let confirmed = self.contact_confirmed(entry);
        let through = self.fold(entry);
        self.expected.apply(entry, confirmed);
        self.link(entry);
        self.private.add(entry, &mut self.report);
        let touched = entry.event.touched();
        let integrator = touched.integrator.or(through).or_else(|| entry.event.through().cloned());
        let wanted = [
            cells::number(entry.revision),
            cells::time(entry.time),
            cells::text(entry.event.name()),
            cells::optional_id(touched.senders.first().map(|id| id.0)),
            cells::optional_text(integrator.as_ref().map(IntegratorId::as_str)),
        ];
        cells::compare(&mut self.report, &ENTRY, row, &wanted);
    }

    /// Whether the sender's own person had given the contact point of the connection that an entry is about.
    fn contact_confirmed(&self, entry: &Entry) -> bool {
        let touched = entry.event.touched();
        let facts = touched.senders.first().and_then(|id| self.known.senders.get(id));
        let about = facts.into_iter().flat_map(|facts| &facts.connections);
        let mut about = about.filter(|one| Some(&one.connection_id) == entry.event.connection());
        about.next().is_some_and(|connection| connection.contact_confirmed)
    }

    /// The link to a form goes to the address that was invited, and to no other.
    fn link(&mut self, entry: &Entry) {
        if let Event::LinkMinted { purpose: LinkPurpose::Form { invitation_id }, recipient, .. } = &entry.event
            && self.expected.invitations.get(invitation_id).map(|row| row.recipient) != Some(*recipient)
        {
            self.report.fault(
                "entry",
                "canonical",
                entry.revision,
                "mints a link for another address than was invited",
            );
        }
    }

    /// The ledger's id changes only where a loss was accepted and recorded.
    fn ledger(&mut self, entry: &Entry) {
        let accepted = match &entry.event {
            Event::RollbackAccepted { former_size, .. } => Some(*former_size),
            _ => None,
        };
        match (self.ledger_id, accepted) {
            (Some(before), Some(size)) => {
                self.report.rollbacks.push(entry.revision);
                self.former.push((before, entry.revision, size));
            }
            (None, Some(_)) => self.report.rollbacks.push(entry.revision),
            (Some(before), None) if before != entry.ledger_id => {
                self.report.fault("entry", "canonical", entry.revision, "is of another ledger than the entry before");
            }
            _ => {}
        }
        self.ledger_id = Some(entry.ledger_id);
    }

    /// Folds the entry into the facts. Returns the integrator of the connection that it is about.
    fn fold(&mut self, entry: &Entry) -> Option<IntegratorId> {
        let touched = entry.event.touched();
        let mut misfit = false;
        if let Some(id) = &touched.integrator {
            match facts::integrator(self.known.integrators.remove(id), entry) {
                Ok(facts) => drop(self.known.integrators.insert(id.clone(), facts)),
                Err(_) => misfit = true,
            }
        }
        if let Some(id) = &touched.agreement {
            match facts::agreement(self.known.agreements.remove(id), entry) {
                Ok(facts) => drop(self.known.agreements.insert(id.clone(), facts)),
                Err(_) => misfit = true,
            }
        }
        let mut through = None;
        for id in &touched.senders {
            match facts::sender(self.known.senders.remove(id), *id, entry) {
                Ok(facts) => {
                    let about = |connection: &&crate::domain::sender::Connection| {
                        Some(&connection.connection_id) == entry.event.connection()
                    };
                    let connection = facts.connections.iter().find(about);
                    through = through.or_else(|| connection.map(|connection| connection.integrator_id.clone()));
                    self.known.senders.insert(*id, facts);
                }
                Err(_) => misfit = true,
            }
        }
        if misfit {
            self.report.fault("entry", "canonical", entry.revision, "does not fit the entries before it");
        }
        through
    }

    /// What can be said once all entries were seen.
    pub(super) fn finish(&mut self) {
        if self.ledger_id.is_some_and(|last| last != self.report.ledger_id) {
            self.report.fault("head", "ledger_id", 1, "is not that of the last entry");
        }
        let Some(since) = self.since else { return };
        let former = self.former.iter().find(|(id, ..)| *id == since.ledger_id);
        if since.ledger_id != self.report.ledger_id && former.is_none() {
            return self.report.fault("head", "ledger_id", 1, "is not that of the checkpoint");
        }
        // What was lost when a loss was accepted is known to be lost.
        let (there, forgiven) = match former {
            Some((_, revision, size)) if since.ledger_id != self.report.ledger_id => (revision - 1, *size),
            _ => (self.tree.size(), 0),
        };
        if since.size > there && since.size > forgiven {
            let what = format!("the checkpoint counts {}: the revisions from {} on are lost", since.size, there + 1);
            self.report.fault("entry", "revision", there, what);
        } else if since.size <= there && self.root != Some(since.root) && since.size > forgiven {
            let what = format!("the entries up to {} are not those of the checkpoint", since.size);
            self.report.fault("entry", "canonical", format_args!("1 to {}", since.size), what);
        }
    }
}
