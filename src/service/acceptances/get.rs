//! `GetAcceptance`.

use super::{
    entry,
    history::history,
    misplaced,
    people::Records,
    validity::{Validity, validity},
    visible,
};
use crate::{
    domain::{
        ids::{AcceptanceId, ConnectionId, IntegratorId, InvitationId, SenderId},
        ledger::{Author, Event, event::Accepted},
        organisation_number::LegalNumber,
        recording::{Signer, absent},
        time::Timestamp,
        vocabulary::{Assurance, Method},
    },
    service::{
        Services,
        caller::{Caller, Reach},
        error::Result,
        senders::evidence::GivenEvidence,
    },
};

/// An acceptance in full. Holds personal data: not to be printed.
pub struct AcceptanceView {
    /// The sender.
    pub sender_id: SenderId,
    /// The key that the integrator has for the sender.
    pub external_reference: String,
    /// Through which integrator it came.
    pub integrator_id: IntegratorId,
    /// Through which connection.
    pub connection_id: ConnectionId,
    /// What was accepted.
    pub accepted: Accepted,
    /// Who accepted; what was erased is empty.
    pub signatories: Vec<Signer>,
    /// They declared that they have authority (R4).
    pub authority_declared: bool,
    /// How it was given.
    pub method: Method,
    /// How sure it is.
    pub assurance: Assurance,
    /// When the sender accepted.
    pub accept_time: Timestamp,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Proof.
    pub evidence: Vec<GivenEvidence>,
    /// The contact point that came with it (R6).
    pub contact: Option<String>,
    /// The companies covered, and since when no longer (R7).
    pub coverage: Vec<(LegalNumber, Option<Timestamp>)>,
    /// Those have given their permission (R7).
    pub group_permission_declared: bool,
    /// Undelivered items are to be kept (R8).
    pub retroactive_delivery: bool,
    /// In an import: what an acceptance needs and the record lacks.
    pub absent: Vec<String>,
    /// Who recorded it.
    pub recorder: Author,
    /// Where it stands.
    pub validity: Validity,
    /// Until when it counts, where it is contested.
    pub contest_deadline: Option<Timestamp>,
    /// When it was invalidated.
    pub invalidated: Option<Timestamp>,
    /// Why; for operators and auditors only.
    pub invalidation_reason: Option<String>,
    /// The invitations that it came of.
    pub invitations: Vec<InvitationId>,
    /// The revision of its last change.
    pub revision: u64,
}

/// Reads one acceptance that came through the caller, or any for who reaches all; and the revision it was read at.
pub async fn get_acceptance(services: &Services, caller: &Caller, id: AcceptanceId) -> Result<(AcceptanceView, u64)> {
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let row = visible(reader, caller, id).await?;
    let later = history(reader, &row).await?;
    let entry = entry(reader, row.revision).await?;
    let why = later.invalidated.filter(|_| caller.reach() == Reach::All).map(|(_, reason)| reason.record_id);
    let ids: Vec<_> = entry.event.private().iter().map(|private| private.record_id).chain(why).collect();
    let records = Records::new(if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? });
    let facts = reader.sender(row.sender_id).await?.ok_or_else(|| misplaced(row.revision))?;
    let (validity, contested) = validity(&facts.acts, id, services.clock.now());
    let connection = facts.connection(&row.integrator_id);
    let external_reference = connection.map(|connection| connection.external_reference.clone()).unwrap_or_default();

    let Event::AcceptanceRecorded {
        sender_id,
        connection_id,
        integrator_id,
        accepted,
        signatories,
        authority_declared,
        method,
        assurance,
        accept_time,
        evidence,
        contact,
        covered,
        group_permission_declared,
        retroactive_delivery,
        invitations,
        ..
    } = entry.event
    else {
        return Err(misplaced(row.revision));
    };
    let accepted = accepted.into_iter().find(|one| one.acceptance_id == id).ok_or_else(|| misplaced(row.revision))?;
    let signatories = signatories.iter().map(|one| records.signer(one)).collect::<Result<Vec<_>>>()?;
    let absent = match method {
        Method::Import => absent(&signatories, authority_declared, !evidence.is_empty()),
        _ => Vec::new(),
    };
    let view = AcceptanceView {
        sender_id,
        external_reference,
        integrator_id,
        connection_id,
        accepted,
        signatories,
        authority_declared,
        method,
        assurance,
        accept_time,
        record_time: entry.time,
        evidence: evidence.iter().map(|one| records.evidence(one)).collect::<Result<_>>()?,
        contact: contact.map(|private| records.contact(private.record_id)).transpose()?.flatten(),
        coverage: covered.iter().map(|one| (one.number, later.ended.get(&one.sender_id).copied())).collect(),
        group_permission_declared,
        retroactive_delivery,
        absent: absent.iter().map(ToString::to_string).collect(),
        recorder: entry.author,
        contest_deadline: contested.filter(|_| validity == Validity::Contested),
        // One that lapsed by its contest did so at the deadline.
        invalidated: later
            .invalidated
            .map(|(time, _)| time)
            .or(contested.filter(|_| validity == Validity::Invalidated)),
        validity,
        invalidation_reason: why.map(|id| records.note(id)).transpose()?.flatten(),
        invitations,
        revision: row.changed_revision,
    };
    Ok((view, reader.head().revision))
}
