//! What happened since a revision.

use super::{EntryFilter, Head, Reader, StoreError};
use crate::domain::{
    agreement::AgreementFacts,
    ids::{Digest, SenderId},
    integrator::IntegratorFacts,
    ledger::{Entry, entry::Unreadable},
    organisation_number::OrganisationNumber,
    sender::SenderFacts,
};
use std::collections::BTreeSet;

/// How many entries are read at once.
const BATCH: u32 = 1000;

/// What happened between two revisions: the entries, and the facts of all that they touch as they are at the later one.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The head at the later revision.
    pub head: Head,
    /// The entries, in order, each with its leaf hash.
    pub entries: Vec<(Entry, Digest)>,
    /// The revision of the first entry that this program cannot read, and why. What it touches is not known: nothing of it
    /// or after it is here.
    pub unreadable: Option<(u64, Unreadable)>,
    /// Integrators that were touched.
    pub integrators: Vec<IntegratorFacts>,
    /// Agreements that were touched.
    pub agreements: Vec<AgreementFacts>,
    /// Senders that were touched, each with a sole trader's number joined from the private table.
    pub senders: Vec<(SenderFacts, Option<OrganisationNumber>)>,
}

impl Changes {
    /// That nothing happened up to this head.
    pub fn none(head: Head) -> Self {
        let (entries, integrators, agreements, senders) = Default::default();
        Self { head, entries, unreadable: None, integrators, agreements, senders }
    }
}

/// All entries after a revision, with the facts of everything that they touch as the reader sees them; none of those where
/// one of them cannot be read.
pub async fn changes(reader: &mut dyn Reader, after_revision: u64) -> Result<Changes, StoreError> {
    let mut changes = Changes::none(reader.head().clone());
    let (mut integrators, mut agreements, mut senders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut filter = EntryFilter { after_revision, ..EntryFilter::default() };
    loop {
        let rows = reader.entries(&filter, BATCH).await?;
        let Some(last) = rows.last() else { break };
        filter.after_revision = last.revision;
        for row in rows {
            let entry = match Entry::read(&row.canonical) {
                Ok(entry) => entry,
                Err(why) => {
                    changes.unreadable = Some((row.revision, why));
                    return Ok(changes);
                }
            };
            let touched = entry.event.touched();
            integrators.extend(touched.integrator);
            agreements.extend(touched.agreement);
            senders.extend(touched.senders);
            changes.entries.push((entry, row.leaf_hash));
        }
    }
    for id in &integrators {
        changes.integrators.extend(reader.integrator(id).await?);
    }
    for id in &agreements {
        changes.agreements.extend(reader.agreement(id).await?);
    }
    let senders: Vec<SenderId> = senders.into_iter().collect();
    changes.senders = reader.numbered(&senders).await?;
    Ok(changes)
}
