//! What becomes of an invitation by its mail.

use super::about;
use crate::{
    domain::{
        ids::{InvitationId, MessageId},
        ledger::Event,
        vocabulary::InvitationState,
    },
    service::{error::Result, write::Write},
};

/// Notes that the mail of an invitation went out, or came back. One that was answered or ended stays so.
pub(in crate::service) async fn mailed(
    write: &mut Write,
    invitation_id: InvitationId,
    message_id: MessageId,
    state: InvitationState,
) -> Result<()> {
    let Some(mut row) = write.tx.invitation(invitation_id).await? else { return Ok(()) };
    if !row.state.is_open() || row.state == state {
        return Ok(());
    }
    let about = about(&row);
    row.revision = match state {
        InvitationState::Bounced => write.record(Event::InvitationBounced { about, message_id }).await?,
        _ => write.record(Event::InvitationSent { about, message_id }).await?,
    };
    row.state = state;
    if state == InvitationState::Sent {
        row.sent = row.sent.or(Some(write.now));
    }
    Ok(write.tx.put_invitation(&row).await?)
}
