//! `ProposeException`.

use super::State;
use crate::{
    domain::{
        exception::{Exception, ExceptionState},
        ids::{ExceptionId, IntegratorId, LedgerId, SenderId},
        ledger::Event,
        rules::EXCEPTION_SECONDS,
        time::Timestamp,
    },
    service::{
        error::{Error, ErrorReason, Resource, Result},
        mutation::Mutation,
        senders::resolve::{self, SenderName, SenderRef},
        write::Write,
    },
    store::ExceptionRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Whom an exception is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beneficiary {
    /// One sender, with every integrator.
    Sender(SenderName),
    /// All senders of one integrator.
    Integrator(IntegratorId),
}

/// Proposes an exception; it has no effect before another operator approves it.
#[derive(Debug)]
pub struct ProposeException {
    /// Whom it is for.
    pub beneficiary: Beneficiary,
    /// Its end.
    pub until: Timestamp,
    /// Why, for operators.
    pub reason: String,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proposed {
    /// Its id.
    pub exception_id: ExceptionId,
    /// Its state.
    pub state: State,
    /// The sender that it is for.
    pub sender_id: Option<SenderId>,
    /// The reference that the call named the sender by.
    pub external_reference: Option<String>,
    /// The integrator that it is for.
    pub integrator_id: Option<IntegratorId>,
    /// Its end.
    pub until: Timestamp,
    /// When it was proposed.
    pub proposed: Timestamp,
    /// The revision of the change.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for ProposeException {
    type Response = Proposed;
    const METHOD: &'static str = "ProposeException";

    async fn run(self, write: &mut Write) -> Result<Proposed> {
        check_until(self.until, write.now)?;
        let (mut sender_id, mut integrator_id, mut external_reference) = (None, None, None);
        match self.beneficiary {
            Beneficiary::Sender(name) => {
                sender_id = Some(resolve::sender(write.tx.as_mut(), &write.caller, &name).await?.0);
                if let SenderRef::Reference(reference) = name.sender {
                    external_reference = Some(reference);
                }
            }
            Beneficiary::Integrator(id) => {
                if write.tx.integrator(&id).await?.is_none() {
                    return Err(Error::not_found(Resource::Integrator));
                }
                integrator_id = Some(id);
            }
        }
        let exception_id = ExceptionId(write.entropy.uuid_v7());
        let until = self.until;
        let reason = write.keep_note(&self.reason).await?;
        let revision = write
            .record(Event::ExceptionProposed {
                exception_id,
                sender_id,
                integrator_id: integrator_id.clone(),
                until,
                reason,
            })
            .await?;
        let exception =
            Exception { exception_id, state: ExceptionState::Proposed, until, proposed_by: write.author().actor_id };
        let row = ExceptionRow {
            exception,
            sender_id,
            integrator_id,
            reason: reason.record_id,
            approved_by: None,
            created: write.now,
            approved: None,
            ended: None,
            revision,
        };
        write.tx.put_exception(&row).await?;
        Ok(Proposed {
            exception_id,
            state: State::Proposed,
            sender_id,
            external_reference,
            integrator_id: row.integrator_id,
            until,
            proposed: write.now,
            revision,
            ledger_id: write.ledger_id(),
        })
    }
}

fn check_until(until: Timestamp, now: Timestamp) -> Result<()> {
    if now < until && until <= now.plus_seconds(EXCEPTION_SECONDS) {
        return Ok(());
    }
    Err(Error::field(ErrorReason::InvalidFields, "until", "must lie in the future, at most 72 hours from now"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_lasts_72_hours_at_most() {
        let now = Timestamp::from_parts(1_767_225_600, 0).unwrap();
        for good in [1, EXCEPTION_SECONDS] {
            assert!(check_until(now.plus_seconds(good), now).is_ok(), "{good}");
        }
        for bad in [-1, 0, EXCEPTION_SECONDS + 1] {
            assert!(check_until(now.plus_seconds(bad), now).is_err(), "{bad}");
        }
    }
}
