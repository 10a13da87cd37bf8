//! Invitations as those see them who may.

use crate::{
    domain::{
        ids::{AcceptanceId, InvitationId, RecordId, SenderId},
        invitation::{LONGEST_CHAIN, state_at},
        ledger::Event,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{InvitationCause, InvitationState},
    },
    service::{
        caller::{Caller, Reach},
        entries::read,
        error::Result,
        private::{self, Contact},
    },
    store::{InvitationRow, Reader},
};
use std::collections::HashMap;

/// An invitation with the address in the clear, where the caller may see it: not to be printed or kept.
pub struct InvitationView {
    /// The row.
    pub row: InvitationRow,
    /// Where it stands now.
    pub state: InvitationState,
    /// The integrator's own key for the sender.
    pub external_reference: String,
    /// Whether somebody at the sender forwarded it.
    pub forwarded: bool,
    /// The address; absent for an integrator where somebody at the sender gave it, and where it was erased.
    pub recipient: Option<String>,
    /// The acceptances that came of it.
    pub acceptances: Vec<AcceptanceId>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// Views of several invitations; one look at each table for all.
pub(super) async fn views(
    reader: &mut dyn Reader,
    caller: &Caller,
    rows: Vec<InvitationRow>,
    now: Timestamp,
) -> Result<Vec<InvitationView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut origins = Vec::with_capacity(rows.len());
    for row in &rows {
        origins.push(origin(reader, row).await?);
    }
    let shown = |(row, origin): (&InvitationRow, &InvitationCause)| {
        let given = *origin == InvitationCause::Requested && row.joint_with.is_none();
        (given || caller.reach() == Reach::All).then_some(row.recipient)
    };
    let recipients: Vec<Option<RecordId>> = rows.iter().zip(&origins).map(shown).collect();
    let ids: Vec<RecordId> = recipients.iter().flatten().copied().collect();
    let mut addresses: HashMap<RecordId, String> = HashMap::new();
    for record in if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? } {
        let contact: Contact = private::read(&record)?;
        addresses.insert(record.record_id, contact.email);
    }
    let acceptances = acceptances(reader, &rows).await?;
    let mut senders: Vec<SenderId> = rows.iter().map(|row| row.sender_id).collect();
    senders.sort_unstable();
    senders.dedup();
    let senders = reader.senders(&senders).await?;
    let senders: HashMap<SenderId, SenderFacts> = senders.into_iter().map(|facts| (facts.sender_id, facts)).collect();
    let view = |((row, origin), recipient): ((InvitationRow, InvitationCause), Option<RecordId>)| {
        let connections = senders.get(&row.sender_id).map(|facts| &facts.connections[..]).unwrap_or_default();
        let connection = connections.iter().find(|one| one.connection_id == row.connection_id);
        let state = state_at(row.state, row.expires, now);
        InvitationView {
            state,
            external_reference: connection.map(|one| one.external_reference.clone()).unwrap_or_default(),
            forwarded: origin == InvitationCause::Forwarded,
            recipient: recipient.and_then(|id| addresses.get(&id).cloned()),
            acceptances: row.answer_revision.and_then(|at| acceptances.get(&at).cloned()).unwrap_or_default(),
            ended: if state == InvitationState::Expired { Some(row.expires) } else { row.ended },
            row,
        }
    };
    Ok(rows.into_iter().zip(origins).zip(recipients).map(view).collect())
}

/// How the address of an invitation came about: a renewed one goes where the one before it went.
async fn origin(reader: &mut dyn Reader, row: &InvitationRow) -> Result<InvitationCause> {
    let (mut cause, mut before): (InvitationCause, Option<InvitationId>) = (row.cause, row.replaces);
    for _ in 0..=LONGEST_CHAIN {
        let Some(id) = before.filter(|_| cause == InvitationCause::Renewed) else { break };
        let Some(row) = reader.invitation(id).await? else { break };
        (cause, before) = (row.cause, row.replaces);
    }
    Ok(cause)
}

/// The acceptances that answered invitations, by the revision of the answer.
async fn acceptances(reader: &mut dyn Reader, rows: &[InvitationRow]) -> Result<HashMap<u64, Vec<AcceptanceId>>> {
    let answers =
        rows.iter().filter(|row| row.state == InvitationState::Accepted).filter_map(|row| row.answer_revision);
    let mut revisions: Vec<u64> = answers.collect();
    revisions.sort_unstable();
    revisions.dedup();
    let mut found = HashMap::with_capacity(revisions.len());
    for entry in if revisions.is_empty() { Vec::new() } else { reader.entries_at(&revisions).await? } {
        if let Event::AcceptanceRecorded { accepted, .. } = read(&entry)?.event {
            found.insert(entry.revision, accepted.iter().map(|one| one.acceptance_id).collect());
        }
    }
    Ok(found)
}
