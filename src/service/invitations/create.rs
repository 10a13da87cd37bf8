//! `CreateInvitation`.

use super::{InvitationOrder, Invited, invite};
use crate::{
    domain::{
        ids::{ConnectionId, LedgerId, SenderId},
        vocabulary::Language,
    },
    service::{
        error::Result,
        mutation::Mutation,
        senders::resolve::{self, SenderName},
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Whom an integrator wants to invite. Holds personal data: not to be printed.
pub struct NewInvitation {
    /// The address.
    pub recipient: String,
    /// The language of mail and form.
    pub language: Language,
    /// Whether two persons must sign.
    pub two_signatories: bool,
}

impl From<NewInvitation> for InvitationOrder {
    fn from(new: NewInvitation) -> Self {
        Self::requested(new.recipient, new.language, new.two_signatories)
    }
}

/// Invites a person at a sender.
pub struct CreateInvitation {
    /// The sender, and the integrator that invites.
    pub name: SenderName,
    /// Whom.
    pub invitation: NewInvitation,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Created {
    /// The invitation.
    pub invited: Invited,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The integrator's own key.
    pub external_reference: String,
    /// The revision of the change.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for CreateInvitation {
    type Response = Created;
    const METHOD: &'static str = "CreateInvitation";

    async fn run(self, write: &mut Write) -> Result<Created> {
        let connection = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &self.name).await?)?;
        let invited = invite(write, &connection, self.invitation.into(), "recipient_email").await?;
        Ok(Created {
            invited,
            sender_id: connection.sender_id,
            connection_id: connection.connection_id,
            external_reference: connection.external_reference,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
