//! `InvalidateAcceptance`.

use super::{entry, history::history, misplaced, visible};
use crate::{
    domain::{
        ids::{AcceptanceId, LedgerId},
        ledger::Event,
        time::Timestamp,
    },
    service::{caller::OperatorRight, error::Result, mutation::Mutation, write::Write},
    store::AcceptanceRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Declares an acceptance invalid, for good, with the coverage it gave.
pub struct InvalidateAcceptance {
    acceptance_id: AcceptanceId,
    reason: String,
}

impl InvalidateAcceptance {
    /// Which, and why, for operators and auditors. Only an operator can make one.
    pub fn new(_right: OperatorRight<'_>, acceptance_id: AcceptanceId, reason: String) -> Self {
        Self { acceptance_id, reason }
    }
}

/// The answer to an invalidation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invalidated {
    /// Which.
    pub acceptance_id: AcceptanceId,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was invalidated.
    pub time: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for InvalidateAcceptance {
    type Response = Invalidated;
    const METHOD: &'static str = "InvalidateAcceptance";

    async fn run(self, write: &mut Write) -> Result<Invalidated> {
        let row = visible(write.tx.as_mut(), &write.caller, self.acceptance_id).await?;
        let before = history(write.tx.as_mut(), &row).await?.invalidated;
        if before.is_none() {
            let Event::AcceptanceRecorded { covered, .. } = entry(write.tx.as_mut(), row.revision).await?.event else {
                return Err(misplaced(row.revision));
            };
            let reason = write.keep_note(&self.reason).await?;
            let (acceptance_id, sender_id) = (row.acceptance_id, row.sender_id);
            let event = Event::AcceptanceInvalidated { acceptance_id, sender_id, covered, reason };
            let revision = write.record(event).await?;
            write.tx.put_acceptance(&AcceptanceRow { changed_revision: revision, ..row }).await?;
        }
        Ok(Invalidated {
            acceptance_id: self.acceptance_id,
            changed: before.is_none(),
            time: before.map_or(write.now, |(time, _)| time),
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
