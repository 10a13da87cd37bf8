//! `BatchRegisterSenders`.

use super::register::{Desk, Outcome, Registered, Registration, register};
use crate::{
    domain::ids::{IntegratorId, LedgerId},
    service::{error::Result, mutation::Mutation, outcome::Row, write::Write},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Most rows of one batch.
pub const MOST_ROWS: usize = 1000;

/// Registers many senders in one transaction. Good rows are registered though others are refused.
pub struct BatchRegisterSenders {
    /// The integrator that the body names, if any.
    pub integrator_id: Option<IntegratorId>,
    /// The rows, each as it was read: a faulty one is refused by itself.
    pub rows: Vec<Result<Registration>>,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
}

/// The answer to a batch. No personal data: refusals hold field paths and fixed words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchRegistered {
    /// One for each row, in order.
    pub rows: Vec<Row<Registered>>,
    /// The revision of the last change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

impl BatchRegistered {
    /// How many rows have an outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Done(done) if done.outcome == outcome)).count()
    }

    /// How many rows were refused.
    pub fn refused(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Refused(_))).count()
    }
}

#[async_trait]
impl Mutation for BatchRegisterSenders {
    type Response = BatchRegistered;
    const METHOD: &'static str = "BatchRegisterSenders";

    fn validate_only(&self) -> bool {
        self.validate_only
    }

    async fn run(self, write: &mut Write) -> Result<BatchRegistered> {
        let integrator = write.acting_for(self.integrator_id.as_ref()).await?;
        let invites = self.rows.iter().flatten().any(|row| row.invitation.is_some());
        let agreements = if invites { write.tx.agreements().await? } else { Vec::new() };
        let desk = Desk { integrator: &integrator, agreements: &agreements, validate_only: self.validate_only };
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let result = match row {
                Ok(registration) => register(write, &desk, registration).await,
                Err(fault) => Err(fault),
            };
            rows.push(Row::of(result)?);
        }
        let revision = if self.validate_only { write.tx.head().revision } else { write.revision() };
        Ok(BatchRegistered { rows, revision, ledger_id: write.ledger_id() })
    }
}
