//! `ConfirmConnection`.

use super::{
    etag,
    evidence::{self, GivenEvidence},
    record,
    resolve::{self, SenderName},
};
use crate::{
    domain::{
        ids::{ConnectionId, LedgerId, SenderId},
        ledger::Event,
        mail::MailPurpose,
        time::Timestamp,
        vocabulary::{ConnectionState, Language},
    },
    service::{
        error::{Error, ErrorReason, Result},
        mail::queue,
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Confirms a connection: by evidence of the sender's instruction, or by the operator's word.
pub struct ConfirmConnection {
    /// Which.
    pub name: SenderName,
    /// The instruction's evidence; an operator may have none.
    pub evidence: Vec<GivenEvidence>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Confirmed {
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The integrator's own key.
    pub external_reference: String,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was confirmed.
    pub confirmed: Option<Timestamp>,
    /// Whether its confirmation counts: not where the sender contested an earlier one and nobody dismissed that.
    #[serde(default = "counts")]
    pub counts: bool,
    /// The connection's etag.
    pub etag: String,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

/// Answers that were kept before there were contests.
fn counts() -> bool {
    true
}

#[async_trait]
impl Mutation for ConfirmConnection {
    type Response = Confirmed;
    const METHOD: &'static str = "ConfirmConnection";

    async fn run(self, write: &mut Write) -> Result<Confirmed> {
        if self.evidence.is_empty() && !write.caller.is_operator() {
            return Err(Error::field(
                ErrorReason::InvalidFields,
                "evidence",
                "must have at least one piece of evidence of the sender's instruction",
            ));
        }
        let mut row = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &self.name).await?)?;
        if row.state == ConnectionState::Unconfirmed {
            let evidence = evidence::keep(write, self.evidence).await?;
            let (sender_id, connection_id) = (row.sender_id, row.connection_id);
            row.state = ConnectionState::Active;
            let event = Event::ConnectionConfirmed { sender_id, connection_id, evidence };
            let revision = record(write, event, &mut row).await?;
            if !write.caller.is_operator() {
                let purpose = MailPurpose::ConnectionConfirmed { revision };
                queue::tell_contacts(write, sender_id, &[&row], purpose, Language::Sv, &[]).await?;
            }
        }
        let facts = write.tx.sender(row.sender_id).await?;
        let known = facts.as_ref().and_then(|facts| facts.connection(&row.integrator_id));
        let confirmed = known.and_then(|known| known.confirmed);
        let counts = known.is_some_and(|known| known.state_at(write.now) == ConnectionState::Active);
        Ok(Confirmed {
            sender_id: row.sender_id,
            connection_id: row.connection_id,
            external_reference: row.external_reference,
            changed: write.changed(),
            confirmed: confirmed.map(|confirmation| confirmation.time),
            counts,
            etag: etag(row.revision),
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
