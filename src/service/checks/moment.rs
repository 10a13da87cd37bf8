//! At which facts and for which instant a question is answered.

use crate::{
    domain::{ids::LedgerId, time::Timestamp},
    gate::{Fresh, state::State},
    service::{
        Services,
        error::{Error, ErrorReason, Result},
        instant::instant,
    },
    store::Head,
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

/// What every answer says of the facts behind it.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// The revision.
    pub revision: u64,
    /// The start of the read of the database that last found nothing newer.
    pub confirmed: Timestamp,
    /// The instant that the question was about.
    pub evaluate: Timestamp,
}

/// One state and one instant, for one question or for a whole batch.
#[derive(Debug)]
pub struct Moment {
    /// The facts.
    pub state: Arc<State>,
    /// What is said of them.
    pub at: At,
}

impl Moment {
    /// The moment of facts that somebody else keeps up to date, as they are at `now`.
    pub fn of(state: Arc<State>, confirmed: Timestamp, when: &When, now: Timestamp) -> Result<Self> {
        let evaluate = instant(when.evaluate_time, now)?;
        if let Some((ledger_id, revision)) = when.at_least {
            same_ledger(ledger_id, state.ledger_id)?;
            if revision > state.revision {
                return Err(not_reached());
            }
        }
        let at = At { ledger_id: state.ledger_id, revision: state.revision, confirmed, evaluate };
        Ok(Self { state, at })
    }
}

/// Finds the state to answer from: waits, for a bounded time, until it has the least revision.
pub async fn moment(services: &Services, when: &When) -> Result<Moment> {
    let now = services.clock.now();
    let Some((ledger_id, revision)) = when.at_least else {
        let Fresh { state, confirmed } = fresh(services, now)?;
        return Moment::of(state, confirmed, when, now);
    };
    same_ledger(ledger_id, fresh(services, now)?.state.ledger_id)?;
    if !services.gate.reaches(revision, services.revision_patience).await {
        return Err(not_reached());
    }
    // What was reached is looked at again: in the meantime the ledger can have become another.
    let now = services.clock.now();
    let Fresh { state, confirmed } = fresh(services, now)?;
    Moment::of(state, confirmed, when, now)
}

/// The same for facts that are read from the database at `now`, and so are no older than `confirmed`.
pub(super) fn read_at(head: &Head, when: &When, now: Timestamp, confirmed: Timestamp) -> Result<At> {
    let evaluate = instant(when.evaluate_time, now)?;
    if let Some((ledger_id, revision)) = when.at_least {
        same_ledger(ledger_id, head.ledger_id)?;
        if revision > head.revision {
            return Err(not_reached());
        }
    }
    Ok(At { ledger_id: head.ledger_id, revision: head.revision, confirmed, evaluate })
}

fn same_ledger(asked: LedgerId, known: LedgerId) -> Result<()> {
    if asked == known {
        return Ok(());
    }
    let error = Error::field(ErrorReason::LedgerMismatch, "ledger_id", "is not that of this service's ledger");
    Err(error.with("ledger_id", known))
}

pub(super) fn not_reached() -> Error {
    Error::new(ErrorReason::RevisionNotReached, "this node does not know the revision yet; ask again")
}

/// The newest state, unless this node cannot decide on it.
pub(super) fn fresh(services: &Services, now: Timestamp) -> Result<Fresh> {
    services
        .gate
        .fresh(now)
        .ok_or_else(|| Error::new(ErrorReason::GateNotReady, "this node cannot decide; do not send, and ask again"))
}
