//! Confirmations that did not reach the person who accepted, sent again to a contact point that is set anew (R5).

use super::{queue, undelivered::accepted};
use crate::{
    domain::{ids::AcceptanceId, mail::MailPurpose, vocabulary::Language},
    service::{
        error::{Error, Result},
        write::Write,
    },
    store::ConnectionRow,
};
use std::collections::BTreeSet;

/// The acceptances through a connection whose confirmation its new contact point gets, each with the revision that
/// recorded it. None where no mail goes there: an integrator's own address is no contact point.
pub async fn owed(write: &mut Write, connection: &ConnectionRow) -> Result<Vec<(AcceptanceId, u64)>> {
    if !write.has_form || connection.contact.is_none() || connection.contact_is_integrators() {
        return Ok(Vec::new());
    }
    let facts = write.tx.sender(connection.sender_id).await?;
    let facts = facts.ok_or_else(|| Error::internal(anyhow::anyhow!("a connection without its sender")))?;
    let acts = facts.undelivered(&connection.integrator_id, write.now);
    Ok(acts.map(|act| (AcceptanceId(act.id), act.revision)).collect())
}

/// Queues the confirmation of each act once.
pub async fn confirm(write: &mut Write, connection: &ConnectionRow, owed: &[(AcceptanceId, u64)]) -> Result<()> {
    let about = (Some(connection.sender_id), Some(connection.connection_id));
    for revision in owed.iter().map(|(_, revision)| *revision).collect::<BTreeSet<u64>>() {
        let language = accepted(write, revision).await?.first().map_or(Language::Sv, |one| one.language);
        let purpose = MailPurpose::Confirmation { revision, to_contact_point: true, in_place: true };
        queue::queue(write, purpose, about, connection.contact, language).await?;
    }
    Ok(())
}
