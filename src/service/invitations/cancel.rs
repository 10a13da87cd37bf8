//! `CancelInvitation`.

use super::{end, invite::open, visible};
use crate::{
    domain::{
        ids::{IntegratorId, InvitationId, LedgerId},
        invitation::state_at,
        time::Timestamp,
        vocabulary::InvitationState,
    },
    service::{
        error::{Error, ErrorReason, Resource, Result},
        mutation::Mutation,
        write::{Write, own_or_named},
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Takes an invitation back.
#[derive(Debug)]
pub struct CancelInvitation {
    /// The integrator that the body names, if any.
    pub integrator_id: Option<IntegratorId>,
    /// Which.
    pub invitation_id: InvitationId,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cancelled {
    /// Which.
    pub invitation_id: InvitationId,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was cancelled.
    pub time: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for CancelInvitation {
    type Response = Cancelled;
    const METHOD: &'static str = "CancelInvitation";

    async fn run(self, write: &mut Write) -> Result<Cancelled> {
        if let Some(named) = &self.integrator_id {
            own_or_named(&write.caller, Some(named))?;
        }
        let mut row = visible(write.tx.as_mut(), &write.caller, self.invitation_id).await?;
        if self.integrator_id.as_ref().is_some_and(|named| *named != row.integrator_id) {
            return Err(Error::not_found(Resource::Invitation));
        }
        match state_at(row.state, row.expires, write.now) {
            InvitationState::Cancelled => {}
            state if state.is_open() => {
                row = end(write, row, InvitationState::Cancelled).await?;
                // The second of two has nothing to sign without the first.
                for second in open(write, row.connection_id).await? {
                    if second.joint_with == Some(row.invitation_id) {
                        end(write, second, InvitationState::Cancelled).await?;
                    }
                }
            }
            _ => {
                return Err(Error::field(
                    ErrorReason::InvitationEnded,
                    "invitation_id",
                    "the invitation has ended in another way; there is nothing to cancel",
                ));
            }
        }
        Ok(Cancelled {
            invitation_id: row.invitation_id,
            changed: write.changed(),
            time: row.ended.unwrap_or(write.now),
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}
