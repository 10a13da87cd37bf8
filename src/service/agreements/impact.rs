//! Who a publication would deny: reckoned on the gate's facts in memory, brought up to the revision of a reader.
//!
//! Senders that have the same profile lose the same, so a profile is judged once. Where nearly every sender has one of its
//! own that takes seconds, longer than anybody may hold the turn to write. So a publication reckons before its turn, and
//! in its turn only corrects the result for the senders that changed meanwhile.

use crate::{
    domain::{
        agreement::Version,
        ids::AgreementId,
        impact::{Impact, of_publication},
        profile::Profiles,
        time::Timestamp,
    },
    gate::{
        Gate,
        feed::forward,
        record::Record,
        state::{State, count},
    },
    service::error::{Error, ErrorReason, Resource, Result},
    store::{Reader, changes},
};
use std::sync::Arc;

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
    let head = reader.head();
    if known.ledger_id != head.ledger_id {
        return Err(not_ready());
    }
    if known.revision >= head.revision {
        return Ok(known);
    }
    let changes = changes(reader, known.revision).await?;
    Ok(Arc::new(forward(&known, changes, &mut Profiles::default()).map_err(Error::internal)?))
}

/// The impact of publishing the version at `now`.
pub(super) async fn reckon(state: Arc<State>, id: AgreementId, version: Version, now: Timestamp) -> Result<Reckoned> {
    let reckoning = move || {
        let impact = among(&state, state.senders().map(AsRef::as_ref), &id, &version, now)?;
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
            let changed =
                later.senders().map(AsRef::as_ref).filter(|sender: &&Record| sender.revision > earlier.revision);
            let changed: Vec<&Record> = changed.collect();
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
    senders: impl Iterator<Item = &'a Record>,
    id: &AgreementId,
    version: &Version,
    now: Timestamp,
) -> Result<Impact> {
    let catalogue = state.catalogue();
    let agreement = catalogue.agreements.get(id).ok_or_else(|| Error::not_found(Resource::Agreement))?;
    // Senders with the same profile lose the same.
    let profiles: Vec<_> = count(senders).collect();
    let profiles = profiles.iter().map(|(profile, how_many)| (profile.facts(), *how_many));
    Ok(of_publication(catalogue, profiles, agreement, version, now))
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
