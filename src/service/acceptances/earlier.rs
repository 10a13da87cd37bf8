//! Whether the very same act was recorded before through the same connection, so that a rerun of an import adds nothing.

use super::{
    act::{RecordAcceptance, RecordDecline},
    entry, misplaced,
    people::{Records, person},
};
use crate::{
    domain::{
        acts::{Act, ActKind},
        ids::{AcceptanceId, DeclineId, RecordId},
        ledger::{
            Event, Private,
            canonical::canonical,
            event::{Accepted, Evidence, Signatory},
        },
        recording::Signer,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::Assurance,
    },
    service::{
        error::{Error, Result},
        private::{Contact, Note},
        senders::evidence::GivenEvidence,
    },
    store::{ConnectionRow, Reader},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// An act that was recorded before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earlier<Id> {
    /// Its id.
    pub(super) id: Id,
    /// How sure it is.
    pub(super) assurance: Assurance,
    /// When it was recorded.
    pub(super) recorded: Timestamp,
    /// The revision that recorded it.
    pub(super) revision: u64,
}

/// What an act holds of personal data.
struct Given<'a> {
    signatories: &'a [Signer],
    evidence: &'a [GivenEvidence],
    /// The contact point or the reason, as it would be kept.
    other: Option<String>,
}

/// For each document the acceptance of the very same act, if there is one. An invalidated one is one: invalidation is
/// final, and no rerun undoes it.
pub(super) async fn acceptances(
    reader: &mut dyn Reader,
    facts: &SenderFacts,
    connection: &ConnectionRow,
    act: &RecordAcceptance,
    time: Timestamp,
) -> Result<Vec<Option<Earlier<AcceptanceId>>>> {
    let named = |earlier: &&Act| {
        act.documents.iter().any(|one| one.agreement_id == earlier.agreement_id && one.version == earlier.version)
    };
    let revisions = revisions(facts, ActKind::Acceptance, connection, time, named);
    let mut found: Vec<Option<Earlier<AcceptanceId>>> = vec![None; act.documents.len()];
    for revision in revisions {
        let entry = entry(reader, revision).await?;
        let Event::AcceptanceRecorded {
            connection_id,
            accepted,
            signatories,
            authority_declared,
            method,
            assurance,
            evidence,
            contact,
            covered,
            group_permission_declared,
            retroactive_delivery,
            ..
        } = entry.event
        else {
            return Err(misplaced(revision));
        };
        let companies: BTreeSet<_> = covered.iter().map(|company| company.number).collect();
        let same = connection_id == connection.connection_id
            && authority_declared == act.authority_declared
            && method == act.method
            && companies == act.covered.iter().copied().collect()
            && group_permission_declared == act.group_permission_declared
            && retroactive_delivery == act.retroactive_delivery;
        let contact_given = act.contact.as_ref().map(|email| kept(&Contact { email: email.clone() })).transpose()?;
        let given = Given { signatories: &act.signatories, evidence: &act.evidence, other: contact_given };
        if !same || !same_private(reader, &given, &signatories, &evidence, contact).await? {
            continue;
        }
        for (place, document) in act.documents.iter().enumerate() {
            let shown = |one: &&Accepted| {
                one.agreement_id == document.agreement_id
                    && one.version == document.version
                    && Some(one.language) == document.shown.language
                    && one.document_sha256 == document.shown.document_sha256
                    && one.specification_sha256 == document.shown.specification_sha256
            };
            if let Some(one) = accepted.iter().find(shown) {
                let id = one.acceptance_id;
                found[place].get_or_insert(Earlier { id, assurance, recorded: entry.time, revision });
            }
        }
    }
    Ok(found)
}

/// The decline of the very same act, if there is one.
pub(super) async fn decline(
    reader: &mut dyn Reader,
    facts: &SenderFacts,
    connection: &ConnectionRow,
    act: &RecordDecline,
    time: Timestamp,
) -> Result<Option<Earlier<DeclineId>>> {
    let named = |earlier: &&Act| earlier.agreement_id == act.agreement_id && earlier.version == act.version;
    for revision in revisions(facts, ActKind::Decline, connection, time, named) {
        let entry = entry(reader, revision).await?;
        let Event::DeclineRecorded {
            decline_id, connection_id, signatories, method, assurance, evidence, reason, ..
        } = entry.event
        else {
            return Err(misplaced(revision));
        };
        let same = connection_id == connection.connection_id && method == act.method;
        let reason_given = act.reason.as_ref().map(|text| kept(&Note { text: text.clone() })).transpose()?;
        let given = Given { signatories: &act.signatories, evidence: &act.evidence, other: reason_given };
        if same && same_private(reader, &given, &signatories, &evidence, reason).await? {
            return Ok(Some(Earlier { id: decline_id, assurance, recorded: entry.time, revision }));
        }
    }
    Ok(None)
}

fn revisions(
    facts: &SenderFacts,
    kind: ActKind,
    connection: &ConnectionRow,
    time: Timestamp,
    named: impl Fn(&&Act) -> bool,
) -> BTreeSet<u64> {
    let through = |act: &&Act| act.through.as_ref() == Some(&connection.integrator_id);
    let acts = facts.acts.iter().filter(|act| act.kind == kind && act.time == time).filter(through).filter(named);
    acts.map(|act| act.revision).collect()
}

fn kept<T: Serialize>(value: &T) -> Result<String> {
    canonical(value).map_err(Error::internal)
}

/// Whether the same persons, proof and other personal data were given. A record that was erased since counts as the same:
/// else a rerun would bring back what was erased.
async fn same_private(
    reader: &mut dyn Reader,
    given: &Given<'_>,
    signatories: &[Signatory],
    evidence: &[Evidence],
    other: Option<Private>,
) -> Result<bool> {
    if given.signatories.len() != signatories.len() || given.evidence.len() != evidence.len() {
        return Ok(false);
    }
    let mut texts: Vec<(Option<String>, Option<Private>)> = vec![(given.other.clone(), other)];
    for (one, known) in given.signatories.iter().zip(signatories) {
        if one.authority_basis != known.authority_basis {
            return Ok(false);
        }
        texts.push((person(one).map(|person| kept(&person)).transpose()?, known.person));
    }
    for (one, known) in given.evidence.iter().zip(evidence) {
        if one.kind != known.kind || one.sha256 != known.sha256 {
            return Ok(false);
        }
        let reference = one.reference.as_ref().map(|text| kept(&Note { text: text.clone() })).transpose()?;
        texts.push((reference, known.reference));
    }
    let ids: Vec<RecordId> = texts.iter().filter_map(|(_, private)| private.map(|p| p.record_id)).collect();
    let records = Records::new(if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? });
    Ok(texts.iter().all(|(text, private)| match (text, private) {
        (None, None) => true,
        (Some(text), Some(private)) => records.body(private.record_id).is_none_or(|known| known == text),
        _ => false,
    }))
}
