//! `ombord import senders`.

use super::{
    Job, batches,
    outcome::{Label, Outcome, REFUSED, Refusal, shown},
    table::{Cells, Row},
};
use crate::pb::{self, batch_register_senders_result::Result as Registered};

/// The help text.
pub(super) const ABOUT: &str = "Register senders.

Columns: organisation_number, legal_name, external_reference, content_types (PAYSLIP, INVOICE, LETTER, FORM, OTHER; several \
separated by semicolons) and, if wanted, contact_email. Numbers may be written in any usual notation.

Every row gets an outcome: CREATED, UNCHANGED, DIFFERS (registered with other data, which stays as it is) or REFUSED with \
field and reason. Running it again registers nothing twice. Exit code 0: no row was refused; 1: some were; 2: it could not \
run to its end.";

const REQUIRED: &[&str] = &["organisation_number", "legal_name", "external_reference", "content_types"];
const OPTIONAL: &[&str] = &["contact_email"];

/// Imports; true if no row was refused.
pub(super) async fn run(job: &Job) -> anyhow::Result<bool> {
    let rows: Vec<_> = job.table(REQUIRED, OPTIONAL)?.rows.into_iter().map(prepared).collect();
    let client = job.client().await?;
    let mut report = job.outcomes()?;
    let sending = batches::send(job, &rows, &mut report, async |request_id, requests| {
        let request = pb::BatchRegisterSendersRequest {
            request_id,
            integrator_id: job.integrator.clone(),
            requests,
            validate_only: job.dry_run,
        };
        let response = client.senders().batch_register_senders(request).await?.into_inner();
        Ok(response.results.into_iter().map(outcome).collect())
    });
    sending.await?;
    let words = [("CREATED", "registered"), ("UNCHANGED", "unchanged"), ("DIFFERS", "differ"), (REFUSED, "refused")];
    println!("{}", report.summary(&words, job.dry_run));
    Ok(report.count(REFUSED) == 0)
}

fn prepared(row: Row) -> batches::Prepared<pb::RegisterSenderRequest> {
    let (organisation_number, reference) = match &row.cells {
        Ok(cells) => (shown(cells.get("organisation_number")), cells.get("external_reference").to_owned()),
        Err(_) => Default::default(),
    };
    (Label { row: row.number, organisation_number, reference }, row.cells.and_then(|cells| request(&cells)))
}

/// The row as a request. What it says is judged by the service, which names all faults at once.
fn request(cells: &Cells) -> Result<pb::RegisterSenderRequest, Refusal> {
    let contact = cells.get("contact_email");
    Ok(pb::RegisterSenderRequest {
        organisation_number: cells.get("organisation_number").to_owned(),
        legal_name: cells.get("legal_name").to_owned(),
        external_reference: cells.get("external_reference").to_owned(),
        content_types: cells.list("content_types").map(content_type).collect::<Result<_, _>>()?,
        contact_point: (!contact.is_empty()).then(|| pb::ContactPoint { email: contact.to_owned() }),
        ..Default::default()
    })
}

fn content_type(name: &str) -> Result<i32, Refusal> {
    let full = format!("CONTENT_TYPE_{}", name.to_uppercase());
    match pb::ContentType::from_str_name(&full) {
        None | Some(pb::ContentType::Unspecified) => Err(Refusal::cell(
            "content_types",
            "must hold PAYSLIP, INVOICE, LETTER, FORM or OTHER, separated by semicolons",
        )),
        Some(known) => Ok(known.into()),
    }
}

fn outcome(result: pb::BatchRegisterSendersResult) -> Outcome {
    match result.result {
        Some(Registered::Response(response)) => {
            let differing = response.differing_fields.join("; ");
            let message = if differing.is_empty() { differing } else { format!("registered with another {differing}") };
            let name = response.outcome().as_str_name();
            Outcome::Done(name.strip_prefix("REGISTRATION_OUTCOME_").unwrap_or(name), message)
        }
        Some(Registered::Error(status)) => Outcome::Refused(Refusal::from(&status)),
        None => Outcome::Refused(Refusal { message: "the service gave no outcome".to_owned(), ..Refusal::default() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_request() {
        let cells = Cells::of(&[("organisation_number", "556016-0680"), ("content_types", "payslip;INVOICE")]);
        let request = request(&cells).unwrap();
        assert_eq!(request.organisation_number, "556016-0680");
        assert_eq!(request.content_types, [1, 2]);
        assert_eq!(request.contact_point, None);
    }

    #[test]
    fn unknown_content_types_are_refused_by_column() {
        for bad in ["PAYSLIPS", "UNSPECIFIED", "1"] {
            let refusal = request(&Cells::of(&[("content_types", bad)])).unwrap_err();
            assert_eq!((refusal.field.as_str(), refusal.reason.as_str()), ("content_types", "INVALID_FIELDS"), "{bad}");
        }
    }
}
