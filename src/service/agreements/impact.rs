//! Who a publication would deny: reckoned on the gate's facts in memory, brought up to the revision of the reader.

use crate::{
    domain::{
        agreement::Version,
        ids::AgreementId,
        impact::{Impact, of_publication},
        ledger::Entry,
        time::Timestamp,
    },
    gate::{Gate, state::State},
    service::error::{Error, ErrorReason, Resource, Result},
    store::{EntryFilter, Reader},
};
use std::sync::Arc;

/// How many entries are read at once.
const BATCH: u32 = 1000;

/// The impact of publishing the version at `now`. Takes seconds for a million senders, off the runtime's own threads.
pub(super) async fn impact(
    gate: &Gate,
    reader: &mut dyn Reader,
    agreement_id: &AgreementId,
    version: &Version,
    now: Timestamp,
) -> Result<Impact> {
    let state = state(gate, reader).await?;
    let (agreement_id, version) = (agreement_id.clone(), version.clone());
    let reckoning = tokio::task::spawn_blocking(move || {
        let catalogue = state.catalogue();
        let agreement = catalogue.agreements.get(&agreement_id).ok_or_else(|| Error::not_found(Resource::Agreement))?;
        Ok(of_publication(catalogue, state.senders(), agreement, &version, now))
    });
    reckoning.await.map_err(Error::internal)?
}

/// The gate's state, with every entry that the reader sees. The gate itself may still be waiting for those: within a
/// write transaction the last ones are not even committed.
async fn state(gate: &Gate, reader: &mut dyn Reader) -> Result<Arc<State>> {
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
            let entry = Entry::read(&row.canonical).map_err(Error::internal)?;
            // Nobody is looked up by number here, so a sole trader's is not needed.
            state.apply(&entry, None).map_err(Error::internal)?;
        }
    }
    Ok(Arc::new(state))
}
