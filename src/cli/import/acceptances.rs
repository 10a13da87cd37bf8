//! `ombord import acceptances`.

use super::{
    Job, batches,
    outcome::{Label, Outcome, REFUSED, Refusal},
    table::{Cells, Row},
};
use crate::{
    cli::client::Client,
    pb::{self, batch_record_acceptances_result::Result as Recorded},
};
use anyhow::bail;
use std::collections::HashMap;
use tonic::Code;

/// The help text.
pub(super) const ABOUT: &str = "Record acceptances of earlier years, always as IMPORT: they never count for more than IMPORTED.

Columns: external_reference or sender_id (one of them in each row), agreements (such as general-terms@1;dpa-payslip@1: \
all of them were accepted in one act) and accept_time (a date, which means midnight UTC, or RFC 3339). If known: language \
(of the text shown; else sv), full_name, role, email, authority_basis (AUTHORISED_SIGNATORY, MANAGING_DIRECTOR, \
POWER_OF_ATTORNEY, POSITION, SOLE_TRADER), authority_declared (yes or no), evidence_kind (SIGNED_SCAN, CLICK_RECORD, \
EID_REFERENCE, INSTRUCTION, OTHER), evidence_sha256, evidence_reference, contact_email, retroactive_delivery (yes or no). \
What an older record lacks stays empty: the service says so, and nothing is made up.

The digests of the texts are those of the versions named, as the service has them. Every row gets an outcome: CREATED, \
UNCHANGED or REFUSED with field and reason. Running it again records nothing twice. Exit code 0: no row was refused; 1: \
some were; 2: it could not run to its end.";

const REQUIRED: &[&str] = &["agreements", "accept_time"];
const OPTIONAL: &[&str] = &[
    "external_reference", "sender_id", "language", "full_name", "role", "email", "authority_basis", "authority_declared",
    "evidence_kind", "evidence_sha256", "evidence_reference", "contact_email", "retroactive_delivery",
];

/// Imports; true if no row was refused.
pub(super) async fn run(job: &Job) -> anyhow::Result<bool> {
    let table = job.table(REQUIRED, OPTIONAL)?;
    let client = job.client().await?;
    let versions = versions(&client, &table.rows).await?;
    let rows: Vec<_> = table.rows.into_iter().map(|row| prepared(row, &versions)).collect();
    let mut report = job.outcomes()?;
    let sending = batches::send(job, &rows, &mut report, async |request_id, requests| {
        let request = pb::BatchRecordAcceptancesRequest {
            request_id,
            integrator_id: job.integrator.clone(),
            requests,
            validate_only: job.dry_run,
        };
        let response = client.acceptances().batch_record_acceptances(request).await?.into_inner();
        Ok(response.results.into_iter().map(outcome).collect())
    });
    sending.await?;
    let words = [("CREATED", "recorded"), ("UNCHANGED", "unchanged"), (REFUSED, "refused")];
    println!("{}", report.summary(&words, job.dry_run));
    Ok(report.count(REFUSED) == 0)
}

/// The versions that rows name, as the service has them; without those that it does not have.
type Versions = HashMap<(String, String), pb::AgreementVersion>;

async fn versions(client: &Client, rows: &[Row]) -> anyhow::Result<Versions> {
    let mut found = Versions::new();
    let mut asked = Vec::new();
    let named = rows.iter().filter_map(|row| row.cells.as_ref().ok()).flat_map(|cells| cells.list("agreements"));
    for (agreement, version) in named.filter_map(|text| text.split_once('@')) {
        let key = (agreement.to_owned(), version.to_owned());
        if version.is_empty() || asked.contains(&key) {
            continue;
        }
        let request = pb::GetAgreementVersionRequest { agreement_id: key.0.clone(), version: key.1.clone() };
        match client.agreements().get_agreement_version(request).await {
            Ok(response) => {
                found.extend(response.into_inner().version.map(|version| (key.clone(), version)));
            }
            Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => {}
            Err(status) => bail!("the version {agreement} {version} cannot be read: {}", batches::told(&status)),
        }
        asked.push(key);
    }
    Ok(found)
}

fn prepared(row: Row, versions: &Versions) -> batches::Prepared<pb::RecordAcceptanceRequest> {
    let reference = row.cells.as_ref().map_or("", |cells| match cells.get("external_reference") {
        "" => cells.get("sender_id"),
        reference => reference,
    });
    let label = Label { row: row.number, organisation_number: String::new(), reference: reference.to_owned() };
    (label, row.cells.and_then(|cells| request(&cells, versions)))
}

/// The row as a request. Only what has no place in a request is judged here; the rest is judged by the service.
fn request(cells: &Cells, versions: &Versions) -> Result<pb::RecordAcceptanceRequest, Refusal> {
    let contact = cells.get("contact_email");
    let document = |text| document(text, cells.get("language"), versions);
    Ok(pb::RecordAcceptanceRequest {
        sender_id: cells.get("sender_id").to_owned(),
        external_reference: cells.get("external_reference").to_owned(),
        documents: cells.list("agreements").map(document).collect::<Result<_, _>>()?,
        signatories: signatory(cells)?.into_iter().collect(),
        authority_declared: yes(cells, "authority_declared")?,
        method: pb::AcceptanceMethod::Import.into(),
        accept_time: time(cells.get("accept_time"))?,
        evidence: evidence(cells)?.into_iter().collect(),
        contact_point: (!contact.is_empty()).then(|| pb::ContactPoint { email: contact.to_owned() }),
        retroactive_delivery: yes(cells, "retroactive_delivery")?,
        ..Default::default()
    })
}

fn document(text: &str, language: &str, versions: &Versions) -> Result<pb::AcceptedDocument, Refusal> {
    let shape = || Refusal::cell("agreements", "must name agreements with their versions, such as general-terms@1;dpa-payslip@1");
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
        "" => return Err(Refusal::cell("evidence_kind", "must say what the evidence is")),
        name => named("evidence_kind", name, "EVIDENCE_KIND_", pb::EvidenceKind::from_str_name)?,
    };
    Ok(Some(pb::Evidence { kind: kind.into(), sha256: sha256.to_lowercase(), reference: reference.to_owned() }))
}

fn named<T>(column: &str, name: &str, prefix: &str, find: fn(&str) -> Option<T>) -> Result<T, Refusal> {
    find(&format!("{prefix}{}", name.to_uppercase())).ok_or_else(|| Refusal::cell(column, "is none of the words that it can hold"))
}

fn yes(cells: &Cells, column: &'static str) -> Result<bool, Refusal> {
    match cells.get(column).to_lowercase().as_str() {
        "" | "no" | "nej" | "false" | "0" => Ok(false),
        "yes" | "ja" | "true" | "1" => Ok(true),
        _ => Err(Refusal::cell(column, "must be yes or no")),
    }
}

/// A date means its midnight in UTC: the record has no time, and none is made up.
fn time(text: &str) -> Result<Option<prost_types::Timestamp>, Refusal> {
    let date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let full = if date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    match full.parse::<crate::domain::time::Timestamp>() {
        _ if text.is_empty() => Ok(None),
        Ok(time) => {
            let (seconds, nanos) = time.parts();
            Ok(Some(prost_types::Timestamp { seconds, nanos }))
        }
        Err(_) => Err(Refusal::cell("accept_time", "must be a date such as 2019-03-01, or RFC 3339")),
    }
}

fn outcome(result: pb::BatchRecordAcceptancesResult) -> Outcome {
    match result.result {
        Some(Recorded::Response(response)) => {
            let new = response.acceptances.iter().any(|a| a.outcome() == pb::RecordingOutcome::Created);
            let absent = response.absent_fields.join("; ");
            let message = if absent.is_empty() { absent } else { format!("the record lacks {absent}") };
            Outcome::Done(if new { "CREATED" } else { "UNCHANGED" }, message)
        }
        Some(Recorded::Error(status)) => Outcome::Refused(Refusal::from(&status)),
        None => Outcome::Refused(Refusal { message: "the service gave no outcome".to_owned(), ..Refusal::default() }),
    }
}

#[cfg(test)]
mod tests;
