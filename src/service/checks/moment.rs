//! At which state and for which instant a question is answered.

use crate::{
    domain::{ids::LedgerId, rules::CLOCK_TOLERANCE_SECONDS, time::Timestamp},
    gate::state::State,
    service::{
        Services,
        error::{Error, ErrorReason, Result},
    },
};
use std::sync::Arc;

/// What a question says about time.
#[derive(Debug, Default)]
pub struct When {
    /// For which instant; now where absent.
    pub evaluate_time: Option<Timestamp>,
    /// The least revision, and in which ledger it counts.
    pub at_least: Option<(LedgerId, u64)>,
}

/// One state and one instant, for one question or for a whole batch.
#[derive(Debug)]
pub struct Moment {
    /// The facts.
    pub state: Arc<State>,
    /// The start of the last successful read of the database.
    pub confirmed: Timestamp,
    /// The instant.
    pub evaluate: Timestamp,
}

/// Finds the state to answer from: waits, for a bounded time, until it has the least revision.
pub async fn moment(services: &Services, when: &When) -> Result<Moment> {
    let now = services.clock.now();
    let evaluate = when.evaluate_time.unwrap_or(now);
    if evaluate < now.plus_seconds(-CLOCK_TOLERANCE_SECONDS) {
        return Err(Error::field(
            ErrorReason::InvalidFields,
            "evaluate_time",
            "must not lie in the past; leave it out to ask about now",
        ));
    }
    if let Some((ledger_id, revision)) = when.at_least {
        let known = current(services)?.ledger_id;
        if known != ledger_id {
            let error = Error::field(ErrorReason::LedgerMismatch, "ledger_id", "is not that of this service's ledger");
            return Err(error.with("ledger_id", known));
        }
        if !services.gate.reaches(revision, services.revision_patience).await {
            return Err(Error::new(
                ErrorReason::RevisionNotReached,
                "this node does not know the revision yet; ask again",
            ));
        }
    }
    // The order matters: a state that is read after the time of confirmation is no older than it.
    let confirmed = services.gate.confirmed();
    Ok(Moment { state: current(services)?, confirmed, evaluate: evaluate.max(now) })
}

fn current(services: &Services) -> Result<Arc<State>> {
    services
        .gate
        .state()
        .ok_or_else(|| Error::new(ErrorReason::GateNotReady, "this node cannot decide; do not send, and ask again"))
}
