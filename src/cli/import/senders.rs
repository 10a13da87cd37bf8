//! `ombord import senders`.

use super::{
    batches,
    outcome::{Label, Outcome, REFUSED, Refusal, shown},
    table::{Cells, Row},
};
use crate::{
    cli::output::say,
    pb::{self, batch_register_senders_result::Result as Registered},
};
use clap::Args;
use std::time::Duration;

/// The help text.
pub(super) const ABOUT: &str = "Register senders.

Columns: organisation_number, legal_name, external_reference, content_types (PAYSLIP, INVOICE, LETTER, FORM, OTHER; several \
separated by semicolons) and, if wanted, contact_email. Numbers may be written in any usual notation.

With invite_email the sender's own person is invited too, to read and accept in the service's form; with it, if wanted, \
invite_language (sv or en; else sv) and invite_two_signatories (yes or no). Only a row that is registered now invites: one \
that was registered before is not invited again, so that running it again writes to nobody twice.

Every row gets an outcome: CREATED, UNCHANGED, DIFFERS (registered with other data, which stays as it is) or REFUSED with \
field and reason. Running it again registers nothing twice. Exit code 0: no row was refused; 1: some were; 2: it could not \
run to its end.";

const REQUIRED: &[&str] = &["organisation_number", "legal_name", "external_reference", "content_types"];
const OPTIONAL: &[&str] = &["contact_email", "invite_email", "invite_language", "invite_two_signatories"];

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Job {
    #[command(flatten)]
    common: super::Job,
    /// Most invitations in a minute, on average: the import waits between two calls as long as that takes. Whatever was
    /// asked for in one call is made at once, so a smaller --batch-size makes it smoother.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    pace: u32,
}

/// Imports; true if no row was refused.
pub(super) async fn run(Job { common: job, pace }: &Job) -> anyhow::Result<bool> {
    let rows: Vec<_> = job.table(REQUIRED, OPTIONAL)?.rows.into_iter().map(prepared).collect();
    let client = job.client().await?;
    let mut report = job.outcomes()?;
    let mut owed = Duration::ZERO;
    let sending = batches::send(job, &rows, &mut report, async |request_id, requests| {
        tokio::time::sleep(std::mem::take(&mut owed)).await;
        let request = pb::BatchRegisterSendersRequest {
            request_id,
            integrator_id: job.integrator.clone(),
            requests,
            validate_only: job.dry_run,
        };
        let response = client.senders().batch_register_senders(request).await?.into_inner();
        if !job.dry_run {
            owed = time_for(invited(&response), *pace);
        }
        Ok(response.results.into_iter().map(outcome).collect())
    });
    sending.await?;
    let words = [("CREATED", "registered"), ("UNCHANGED", "unchanged"), ("DIFFERS", "differ"), (REFUSED, "refused")];
    say!("{}", report.summary(&words, job.dry_run))?;
    Ok(report.count(REFUSED) == 0)
}

/// How many invitations an answer tells of.
fn invited(response: &pb::BatchRegisterSendersResponse) -> u32 {
    let made = |result: &&pb::BatchRegisterSendersResult| matches!(&result.result, Some(Registered::Response(response)) if response.invitation.is_some());
    u32::try_from(response.results.iter().filter(made).count()).unwrap_or(u32::MAX)
}

/// How long so many invitations take at a pace.
fn time_for(invitations: u32, pace: u32) -> Duration {
    Duration::from_secs(60) * invitations / pace.max(1)
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
        invitation: invitation(cells)?,
        ..Default::default()
    })
}

/// Whom the row invites, if anybody.
fn invitation(cells: &Cells) -> Result<Option<pb::NewInvitation>, Refusal> {
    let (recipient, language) = (cells.get("invite_email"), cells.get("invite_language"));
    let two_signatories = cells.yes("invite_two_signatories")?;
    if recipient.is_empty() {
        let alone = !language.is_empty() || two_signatories;
        let refusal = || Refusal::cell("invite_email", "must be given with the other columns of an invitation");
        return if alone { Err(refusal()) } else { Ok(None) };
    }
    let (recipient_email, language) = (recipient.to_owned(), language.to_lowercase());
    Ok(Some(pb::NewInvitation { recipient_email, language, two_signatories }))
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
            let message = match &response.invitation {
                Some(made) if !made.check_code.is_empty() => format!("invited with the check code {}", made.check_code),
                Some(_) => "would be invited".to_owned(),
                None if differing.is_empty() => differing,
                None => format!("registered with another {differing}"),
            };
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
    fn a_row_invites_only_with_an_address() {
        let row = |cells: &[(&'static str, &str)]| request(&Cells::of(cells)).map(|request| request.invitation);
        assert_eq!(row(&[("content_types", "PAYSLIP")]), Ok(None));
        let cells =
            [("invite_email", "asa@company.example"), ("invite_language", "EN"), ("invite_two_signatories", "Yes")];
        let made = row(&cells).unwrap().unwrap();
        assert_eq!((made.recipient_email.as_str(), made.language.as_str()), ("asa@company.example", "en"));
        assert!(made.two_signatories);
        assert_eq!(row(&[("invite_language", "en")]).unwrap_err().field, "invite_email");
        assert_eq!(row(&[("invite_two_signatories", "x")]).unwrap_err().field, "invite_two_signatories");
    }

    #[test]
    fn the_pace_is_kept_between_calls() {
        assert_eq!(time_for(500, 600), Duration::from_secs(50));
        assert_eq!(time_for(0, 600), Duration::ZERO);
    }

    #[test]
    fn unknown_content_types_are_refused_by_column() {
        for bad in ["PAYSLIPS", "UNSPECIFIED", "1"] {
            let refusal = request(&Cells::of(&[("content_types", bad)])).unwrap_err();
            assert_eq!((refusal.field.as_str(), refusal.reason.as_str()), ("content_types", "INVALID_FIELDS"), "{bad}");
        }
    }
}
