//! Who a publication would deny: reckoned on the gate's facts in memory, brought up to the revision of a reader.
//!
//! For a million senders that takes seconds, longer than anybody may hold the turn to write. So a publication reckons
//! before its turn, and in its turn only corrects the result for the senders that changed meanwhile.

use crate::{
    domain::{
        agreement::Version,
        ids::AgreementId,
        impact::{Impact, of_publication},
        sender::SenderFacts,
        time::Timestamp,
    },
    gate::{Gate, state::State},
    service::{
        entries::read,
        error::{Error, ErrorReason, Resource, Result},
    },
    store::{EntryFilter, Reader},
};
use std::sync::Arc;

/// How many entries are read at once.
const BATCH: u32 = 1000;

/// An impact, with what it was reckoned on.
pub(super) struct Reckoned {
    state: Arc<State>,
    /// The moment of publication that it is for.
    pub(super) now: Timestamp,
    /// The impact.
    pub(super) impact: Impact,
}

/// The gate's state, with every entry that the reader sees. The gate itself may still be waiting for those: within a
/// write transaction the last ones are not even committed.
pub(super) async fn state(gate: &Gate, reader: &mut dyn Reader) -> Result<Arc<State>> {
    let not_ready = || Error::new(ErrorReason::GateNotReady, "this node does not know all facts yet; ask again");
    let known = gate.state().ok_or_else(not_ready)?;
    let head = reader.head().clone();
    if known.ledger_id != head.ledger_id {
        return Err(not_ready());
    }
    if known.revision >= head.revision {
        return Ok(known);
    }
    let mut state = State::clone(&known);
    while state.revision < head.revision {
        let filter = EntryFilter { after_revision: state.revision, ..EntryFilter::default() };
        let rows = reader.entries(&filter, BATCH).await?;
        if rows.is_empty() {
            return Err(Error::internal(anyhow::anyhow!("no entry follows revision {}", state.revision)));
        }
        for row in rows {
            let entry = read(&row)?;
            // Nobody is looked up by number here, so a sole trader's is not needed.
            state.apply(&entry, None).map_err(Error::internal)?;
        }
    }
    Ok(Arc::new(state))
}

/// The impact of publishing the version at `now`.
pub(super) async fn reckon(state: Arc<State>, id: AgreementId, version: Version, now: Timestamp) -> Result<Reckoned> {
    let reckoning = move || {
        let impact = among(&state, state.senders(), &id, &version, now)?;
        Ok(Reckoned { state, now, impact })
    };
    off_the_runtime(reckoning).await
}

impl Reckoned {
    /// Whether it can be corrected for a later state: as long as nothing changed that concerns all senders.
    pub(super) fn fits(&self, later: &State) -> bool {
        self.state.ledger_id == later.ledger_id
            && self.state.revision <= later.revision
            && self.state.catalogue() == later.catalogue()
    }

    /// The impact on a later state that it fits.
    pub(super) async fn corrected(self, later: Arc<State>, id: AgreementId, version: Version) -> Result<Impact> {
        let Self { state: earlier, now, impact } = self;
        off_the_runtime(move || {
            let changed: Vec<&SenderFacts> =
                later.senders().filter(|sender| sender.revision > earlier.revision).collect();
            let known = changed.iter().filter_map(|sender| earlier.sender(sender.sender_id));
            let before = among(&earlier, known, &id, &version, now)?;
            let after = among(&later, changed.iter().copied(), &id, &version, now)?;
            Ok(impact.corrected(&before, &after))
        })
        .await
    }
}

fn among<'a>(
    state: &State,
    senders: impl Iterator<Item = &'a SenderFacts>,
    id: &AgreementId,
    version: &Version,
    now: Timestamp,
) -> Result<Impact> {
    let catalogue = state.catalogue();
    let agreement = catalogue.agreements.get(id).ok_or_else(|| Error::not_found(Resource::Agreement))?;
    Ok(of_publication(catalogue, senders, agreement, version, now))
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
