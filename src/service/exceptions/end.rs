//! `EndException`.

use super::State;
use crate::{
    domain::{
        exception::ExceptionState,
        ids::{ExceptionId, LedgerId},
        ledger::Event,
        time::Timestamp,
    },
    service::{error::Result, mutation::Mutation, write::Write},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Ends an exception before its time, or drops a proposal. What is over already stays as it is.
#[derive(Debug)]
pub struct EndException {
    /// Which.
    pub exception_id: ExceptionId,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub exception_id: ExceptionId,
    /// Its state.
    pub state: State,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When an operator ended it; absent where its time had run out.
    pub ended: Option<Timestamp>,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for EndException {
    type Response = Ended;
    const METHOD: &'static str = "EndException";

    async fn run(self, write: &mut Write) -> Result<Ended> {
        let mut row = super::load(write.tx.as_mut(), self.exception_id).await?;
        if matches!(State::of(&row.exception, write.now), State::Proposed | State::Active) {
            row.revision = write
                .record(Event::ExceptionEnded {
                    exception_id: self.exception_id,
                    sender_id: row.sender_id,
                    integrator_id: row.integrator_id.clone(),
                })
                .await?;
            row.exception.state = ExceptionState::Ended;
            row.ended = Some(write.now);
            write.tx.put_exception(&row).await?;
        }
        Ok(Ended {
            exception_id: self.exception_id,
            state: State::of(&row.exception, write.now),
            changed: write.changed(),
            ended: row.ended,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
