//! `SuspendSender` and `ResumeSender`: for operators only, which their constructors ask for.

use super::resolve::{self, SenderName};
use crate::{
    domain::{
        ids::{LedgerId, SenderId},
        ledger::Event,
        time::Timestamp,
    },
    service::{caller::OperatorRight, error::Result, mutation::Mutation, write::Write},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Stops a sender for all integrators. Its acts are still recorded.
pub struct SuspendSender {
    name: SenderName,
    reason: String,
}

/// Lifts a sender's suspension.
pub struct ResumeSender {
    name: SenderName,
    reason: String,
}

impl SuspendSender {
    /// Stops the sender named, for a reason that no integrator sees.
    pub fn new(_: OperatorRight<'_>, name: SenderName, reason: String) -> Self {
        Self { name, reason }
    }
}

impl ResumeSender {
    /// Lets the sender named send again, for a reason that no integrator sees.
    pub fn new(_: OperatorRight<'_>, name: SenderName, reason: String) -> Self {
        Self { name, reason }
    }
}

/// The answer to both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SuspensionChanged {
    /// The sender.
    pub sender_id: SenderId,
    /// The reference of the integrator that the call named; empty where it named none.
    pub external_reference: String,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was suspended, or resumed; absent where there was nothing to resume.
    pub time: Option<Timestamp>,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for SuspendSender {
    type Response = SuspensionChanged;
    const METHOD: &'static str = "SuspendSender";

    async fn run(self, write: &mut Write) -> Result<SuspensionChanged> {
        let (sender_id, connection) = resolve::sender(write.tx.as_mut(), &write.caller, &self.name).await?;
        let suspended = |facts: Option<crate::domain::sender::SenderFacts>| facts?.suspension.map(|s| s.since);
        let mut since = suspended(write.tx.sender(sender_id).await?);
        if since.is_none() {
            let reason = write.keep_note(&self.reason).await?;
            write.record(Event::SenderSuspended { sender_id, reason }).await?;
            since = Some(write.now);
        }
        Ok(answer(write, sender_id, connection.map(|row| row.external_reference), since))
    }
}

#[async_trait]
impl Mutation for ResumeSender {
    type Response = SuspensionChanged;
    const METHOD: &'static str = "ResumeSender";

    async fn run(self, write: &mut Write) -> Result<SuspensionChanged> {
        let (sender_id, connection) = resolve::sender(write.tx.as_mut(), &write.caller, &self.name).await?;
        let suspended = write.tx.sender(sender_id).await?.is_some_and(|facts| facts.suspension.is_some());
        if suspended {
            let reason = write.keep_note(&self.reason).await?;
            write.record(Event::SenderResumed { sender_id, reason }).await?;
        }
        Ok(answer(write, sender_id, connection.map(|row| row.external_reference), suspended.then_some(write.now)))
    }
}

fn answer(
    write: &Write,
    sender_id: SenderId,
    external_reference: Option<String>,
    time: Option<Timestamp>,
) -> SuspensionChanged {
    SuspensionChanged {
        sender_id,
        external_reference: external_reference.unwrap_or_default(),
        changed: write.changed(),
        time,
        revision: write.revision(),
        ledger_id: write.ledger_id(),
    }
}
