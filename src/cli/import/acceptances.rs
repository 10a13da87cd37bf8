//! `ombord import acceptances`.

mod row;

use super::{
    Job, batches,
    outcome::{Label, Outcome, REFUSED, Refusal},
    table::{Cells, Row},
};
use crate::{
    cli::output::say,
    client::Client,
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
    "external_reference",
    "sender_id",
    "language",
    "full_name",
    "role",
    "email",
    "authority_basis",
    "authority_declared",
    "evidence_kind",
    "evidence_sha256",
    "evidence_reference",
    "contact_email",
    "retroactive_delivery",
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
    say!("{}", report.summary(&words, job.dry_run))?;
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
    (label, row.cells.and_then(|cells| row::request(&cells, versions)))
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
