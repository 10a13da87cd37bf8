//! `BatchRecordAcceptances`.

use super::{
    act::RecordAcceptance,
    record::{Recorded, record},
};
use crate::{
    domain::ids::{IntegratorId, LedgerId},
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        outcome::Row,
        write::{Write, own_or_named},
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// The most rows of one batch.
pub const MOST_ROWS: usize = 1000;

/// Records many acts, each by itself. Holds personal data: not to be printed.
pub struct BatchRecordAcceptances {
    /// The integrator that the body names, if any.
    pub integrator_id: Option<IntegratorId>,
    /// The rows; one that could not be read is refused.
    pub rows: Vec<Result<RecordAcceptance>>,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
}

/// What became of all rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct BatchRecorded {
    /// In the order of the request.
    pub rows: Vec<Row<Recorded>>,
    /// The revision of the last change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for BatchRecordAcceptances {
    type Response = BatchRecorded;
    const METHOD: &'static str = "BatchRecordAcceptances";

    fn validate_only(&self) -> bool {
        self.validate_only
    }

    async fn run(self, write: &mut Write) -> Result<BatchRecorded> {
        let integrator = write.acting_for(self.integrator_id.as_ref()).await?.integrator_id;
        let agreements = write.tx.agreements().await?;
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let result = match row.and_then(|act| of_batch(write, &integrator, act)) {
                Ok(mut act) => {
                    act.validate_only = self.validate_only;
                    record(write, &agreements, act).await
                }
                Err(refused) => Err(refused),
            };
            rows.push(Row::of(result)?);
        }
        let revision = if self.validate_only { write.tx.head().revision } else { write.revision() };
        Ok(BatchRecorded { rows, revision, ledger_id: write.ledger_id() })
    }
}

/// The row for the integrator of its batch; a row may repeat that one, and name no other.
fn of_batch(write: &Write, integrator: &IntegratorId, mut act: RecordAcceptance) -> Result<RecordAcceptance> {
    let named = act.sender.integrator_id.get_or_insert_with(|| integrator.clone());
    if own_or_named(&write.caller, Some(named))? != integrator {
        return Err(Error::field(ErrorReason::InvalidFields, "integrator_id", "must be empty or that of the batch"));
    }
    Ok(act)
}
