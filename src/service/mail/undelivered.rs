//! What follows from a mail that came back, or was given up (R19).

use crate::{
    domain::{
        ids::ConnectionId,
        ledger::{Event, event::Accepted},
        mail::{MailPurpose, MailState},
        vocabulary::InvitationState,
    },
    service::{
        entries::entry,
        error::{Error, ErrorReason, Result},
        invitations::mailed,
        write::Write,
    },
    store::{MailFilter, MailRow},
};

/// More mails to one sender than anybody has.
const MANY: u32 = 10_000;

/// Gives a mail up: it is not tried again by itself, and what the sender did not get by it is recorded.
pub(super) async fn give_up(write: &mut Write, row: &mut MailRow, fault: &str) -> Result<()> {
    row.state = MailState::Dead;
    row.fault = Some(fault.to_owned());
    match undelivered(write, row).await {
        // What the mail is about cannot be read. It must not come back for that, time and again.
        Err(error) if error.reason == ErrorReason::Internal => {
            let (id, cause) = (row.message_id, error.told());
            tracing::error!(message_id = %id, cause, "what follows from a mail that was given up cannot be recorded");
        }
        recorded => recorded?,
    }
    Ok(write.tx.put_mail(row).await?)
}

/// Records what the sender did not get.
pub(super) async fn undelivered(write: &mut Write, row: &MailRow) -> Result<()> {
    let message_id = row.message_id;
    match &row.purpose {
        MailPurpose::Invitation { invitation_id } | MailPurpose::Reminder { invitation_id } => {
            return mailed(write, *invitation_id, message_id, InvitationState::Bounced).await;
        }
        MailPurpose::Contested { .. } | MailPurpose::Checkpoint { .. } => return Ok(()),
        _ => {}
    }
    let Some(sender_id) = row.sender_id else { return Ok(()) };
    if let MailPurpose::Confirmation { revision, to_contact_point, in_place } = row.purpose
        && (in_place || !to_contact_point)
    {
        let confirms = accepted(write, revision).await?.iter().map(|one| one.acceptance_id).collect();
        let connection_id = if to_contact_point { still_contact(write, row).await? } else { None };
        write.record(Event::MailUndelivered { sender_id, message_id, connection_id, confirms }).await?;
        return Ok(());
    }
    if let Some(connection_id) = still_contact(write, row).await? {
        let confirms = Vec::new();
        let connection_id = Some(connection_id);
        write.record(Event::MailUndelivered { sender_id, message_id, connection_id, confirms }).await?;
    }
    if let MailPurpose::NewVersion { agreement_id, version } = &row.purpose {
        let filter = MailFilter { sender_id: Some(sender_id), ..MailFilter::default() };
        let others = write.tx.mails(&filter, MANY).await?;
        let reached = others.iter().any(|other| {
            other.message_id != message_id
                && other.purpose == row.purpose
                && matches!(other.state, MailState::Sent | MailState::Pending)
        });
        let facts = write.tx.sender(sender_id).await?;
        let told = facts.is_some_and(|facts| {
            facts.notices.iter().any(|n| n.agreement_id == *agreement_id && n.version == *version)
        });
        if told && !reached {
            let (agreement_id, version) = (agreement_id.clone(), version.clone());
            write.record(Event::NoticeFailed { sender_id, agreement_id, version, message_id }).await?;
        }
    }
    Ok(())
}

/// What was accepted at a revision.
pub(super) async fn accepted(write: &mut Write, revision: u64) -> Result<Vec<Accepted>> {
    match entry(write.tx.as_mut(), revision).await?.event {
        Event::AcceptanceRecorded { accepted, .. } => Ok(accepted),
        _ => Err(Error::internal(anyhow::anyhow!("no acceptance at revision {revision}"))),
    }
}

/// The connection whose contact point the address still is.
async fn still_contact(write: &mut Write, row: &MailRow) -> Result<Option<ConnectionId>> {
    let (Some(sender_id), Some(connection_id)) = (row.sender_id, row.connection_id) else { return Ok(None) };
    let Some(facts) = write.tx.sender(sender_id).await? else { return Ok(None) };
    let Some(known) = facts.connections.iter().find(|c| c.connection_id == connection_id) else { return Ok(None) };
    let connection = write.tx.connection(sender_id, &known.integrator_id).await?;
    let same =
        connection.filter(|c| c.connection_id == connection_id && c.contact.is_some() && c.contact == row.recipient);
    let open = known.state != crate::domain::vocabulary::ConnectionState::Ended;
    Ok(same.filter(|_| open && !known.contact_bounced).map(|connection| connection.connection_id))
}
