//! One row as a request.

use super::{Cells, Refusal, Versions};
use crate::{domain::time::Timestamp, pb};

/// The request. Only what has no place in a request is judged here; the rest is judged by the service.
pub(super) fn request(cells: &Cells, versions: &Versions) -> Result<pb::RecordAcceptanceRequest, Refusal> {
    let contact = cells.get("contact_email");
    let document = |text| document(text, cells.get("language"), versions);
    Ok(pb::RecordAcceptanceRequest {
        sender_id: cells.get("sender_id").to_owned(),
        external_reference: cells.get("external_reference").to_owned(),
        documents: cells.list("agreements").map(document).collect::<Result<_, _>>()?,
        signatories: signatory(cells)?.into_iter().collect(),
        authority_declared: cells.yes("authority_declared")?,
        method: pb::AcceptanceMethod::Import.into(),
        accept_time: time(cells.get("accept_time"))?,
        evidence: evidence(cells)?.into_iter().collect(),
        contact_point: (!contact.is_empty()).then(|| pb::ContactPoint { email: contact.to_owned() }),
        retroactive_delivery: cells.yes("retroactive_delivery")?,
        ..Default::default()
    })
}

fn document(text: &str, language: &str, versions: &Versions) -> Result<pb::AcceptedDocument, Refusal> {
    let shape = || {
        Refusal::cell("agreements", "must name agreements with their versions, such as general-terms@1;dpa-payslip@1")
    };
    let (agreement, label) = text.split_once('@').filter(|(_, label)| !label.is_empty()).ok_or_else(shape)?;
    let version = versions.get(&(agreement.to_owned(), label.to_owned())).ok_or_else(|| Refusal {
        field: "agreements".to_owned(),
        reason: "VERSION_NOT_FOUND".to_owned(),
        message: format!("the service has no version {text}"),
    })?;
    let language = if language.is_empty() { "sv" } else { language };
    let digest = version.documents.iter().find(|document| document.language == language).ok_or_else(|| Refusal {
        field: "language".to_owned(),
        reason: "LANGUAGE_NOT_AVAILABLE".to_owned(),
        message: format!("{text} has no text in this language"),
    })?;
    Ok(pb::AcceptedDocument {
        agreement_id: agreement.to_owned(),
        version: label.to_owned(),
        language: language.to_owned(),
        document_sha256: digest.document_sha256.clone(),
        specification_sha256: version.specification_sha256.clone(),
    })
}

fn signatory(cells: &Cells) -> Result<Option<pb::Signatory>, Refusal> {
    let columns = ["full_name", "role", "email", "authority_basis"];
    if columns.iter().all(|column| cells.get(column).is_empty()) {
        return Ok(None);
    }
    let basis = match cells.get("authority_basis") {
        "" => pb::AuthorityBasis::Unspecified,
        name => named("authority_basis", name, "AUTHORITY_BASIS_", pb::AuthorityBasis::from_str_name)?,
    };
    Ok(Some(pb::Signatory {
        full_name: cells.get("full_name").to_owned(),
        role: cells.get("role").to_owned(),
        email: cells.get("email").to_owned(),
        authority_basis: basis.into(),
    }))
}

fn evidence(cells: &Cells) -> Result<Option<pb::Evidence>, Refusal> {
    let (sha256, reference) = (cells.get("evidence_sha256"), cells.get("evidence_reference"));
    let kind = match cells.get("evidence_kind") {
        "" if sha256.is_empty() && reference.is_empty() => return Ok(None),
        "" => {
            return Err(Refusal::cell("evidence_kind", "must say what the evidence is"));
        }
        name => named("evidence_kind", name, "EVIDENCE_KIND_", pb::EvidenceKind::from_str_name)?,
    };
    Ok(Some(pb::Evidence { kind: kind.into(), sha256: sha256.to_lowercase(), reference: reference.to_owned() }))
}

fn named<T>(column: &str, name: &str, prefix: &str, find: fn(&str) -> Option<T>) -> Result<T, Refusal> {
    find(&format!("{prefix}{}", name.to_uppercase()))
        .ok_or_else(|| Refusal::cell(column, "is none of the words that it can hold"))
}

/// A date means its midnight in UTC: the record has no time, and none is made up.
fn time(text: &str) -> Result<Option<prost_types::Timestamp>, Refusal> {
    let date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let full = if date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    match full.parse::<Timestamp>() {
        _ if text.is_empty() => Ok(None),
        Ok(time) => {
            let (seconds, nanos) = time.parts();
            Ok(Some(prost_types::Timestamp { seconds, nanos }))
        }
        Err(_) => Err(Refusal::cell("accept_time", "must be a date such as 2019-03-01, or RFC 3339")),
    }
}

#[cfg(test)]
mod tests;
