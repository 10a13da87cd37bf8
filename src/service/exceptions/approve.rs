//! `ApproveException`.

use super::State;
use crate::{
    domain::{
        exception::ExceptionState,
        ids::{ExceptionId, LedgerId},
        ledger::Event,
        time::Timestamp,
    },
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Approves a proposed exception, which takes effect at once.
#[derive(Debug)]
pub struct ApproveException {
    /// Which.
    pub exception_id: ExceptionId,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Approved {
    /// Which.
    pub exception_id: ExceptionId,
    /// Its state.
    pub state: State,
    /// Its end.
    pub until: Timestamp,
    /// When it was approved.
    pub approved: Timestamp,
    /// The revision of the change.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for ApproveException {
    type Response = Approved;
    const METHOD: &'static str = "ApproveException";

    async fn run(self, write: &mut Write) -> Result<Approved> {
        let mut row = super::load(write.tx.as_mut(), self.exception_id).await?;
        let approver = write.author().actor_id;
        if row.exception.proposed_by == approver {
            return Err(Error::new(
                ErrorReason::SameOperator,
                "whoever proposed an exception cannot approve it; ask a colleague",
            ));
        }
        if State::of(&row.exception, write.now) != State::Proposed {
            return Err(Error::field(
                ErrorReason::ExceptionNotProposed,
                "exception_id",
                "does not wait for approval: it is active, ended or past its time",
            ));
        }
        row.revision = write
            .record(Event::ExceptionApproved {
                exception_id: self.exception_id,
                sender_id: row.sender_id,
                integrator_id: row.integrator_id.clone(),
            })
            .await?;
        row.exception.state = ExceptionState::Approved;
        row.approved_by = Some(approver);
        row.approved = Some(write.now);
        write.tx.put_exception(&row).await?;
        Ok(Approved {
            exception_id: self.exception_id,
            state: State::Active,
            until: row.exception.until,
            approved: write.now,
            revision: row.revision,
            ledger_id: write.ledger_id(),
        })
    }
}
