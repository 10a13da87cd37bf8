//! `EndConnection`.

use super::{
    record,
    resolve::{self, SenderName},
};
use crate::{
    domain::{
        ids::{ConnectionId, LedgerId, SenderId},
        ledger::Event,
        time::Timestamp,
        vocabulary::{ConnectionState, InvitationState},
    },
    service::{error::Result, invitations::end_open, mutation::Mutation, write::Write},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Ends a connection. The sender's acts stay; registering again opens a new one.
#[derive(Debug)]
pub struct EndConnection {
    /// Which.
    pub name: SenderName,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ended {
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The integrator's own key.
    pub external_reference: String,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was ended.
    pub ended: Option<Timestamp>,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for EndConnection {
    type Response = Ended;
    const METHOD: &'static str = "EndConnection";

    async fn run(self, write: &mut Write) -> Result<Ended> {
        let mut row = resolve::connection(write.tx.as_mut(), &write.caller, &self.name).await?;
        if row.state != ConnectionState::Ended {
            row.state = ConnectionState::Ended;
            let event = Event::ConnectionEnded { sender_id: row.sender_id, connection_id: row.connection_id };
            // What was open over it is not to be accepted any more.
            end_open(write, &row, InvitationState::Cancelled).await?;
            record(write, event, &mut row).await?;
        }
        let facts = write.tx.sender(row.sender_id).await?;
        let ended = facts.as_ref().and_then(|facts| facts.connection(&row.integrator_id)?.ended);
        Ok(Ended {
            sender_id: row.sender_id,
            connection_id: row.connection_id,
            external_reference: row.external_reference,
            changed: write.changed(),
            ended,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
