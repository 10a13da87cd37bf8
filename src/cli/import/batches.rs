//! Sends rows in batches, shows how far it is, and repeats a batch when the service is away for a moment.

use super::{
    Job,
    outcome::{Label, Outcome, Refusal, Report},
};
use crate::cli::output::hint;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// How often a batch is sent before the import gives up.
const ATTEMPTS: u32 = 6;

/// A row, ready to be sent or refused here.
pub(super) type Prepared<R> = (Label, Result<R, Refusal>);

/// Sends the rows. `send` makes one call with a request id and gives an outcome for each request, in order.
pub(super) async fn send<R: Clone>(
    job: &Job,
    rows: &[Prepared<R>],
    report: &mut Report,
    mut send: impl AsyncFnMut(String, Vec<R>) -> Result<Vec<Outcome>, Status>,
) -> anyhow::Result<()> {
    let bar = bar(rows.len());
    for batch in rows.chunks(usize::from(job.batch_size)) {
        let requests: Vec<R> = batch.iter().filter_map(|(_, request)| request.clone().ok()).collect();
        let wanted = requests.len();
        let outcomes = if wanted == 0 { Vec::new() } else { repeated(&mut send, &requests, &bar).await? };
        if outcomes.len() != wanted {
            bail!("the service answered {} rows out of {wanted}", outcomes.len());
        }
        let mut outcomes = outcomes.into_iter();
        for (label, request) in batch {
            let outcome = match request {
                Err(refusal) => Outcome::Refused(refusal.clone()),
                Ok(_) => outcomes.next().context("an outcome is missing")?,
            };
            report.add(label, &outcome)?;
            bar.inc(1);
        }
        report.flush()?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Sends one batch until it is answered: with the same request id, so that it takes effect once.
async fn repeated<R: Clone>(
    send: &mut impl AsyncFnMut(String, Vec<R>) -> Result<Vec<Outcome>, Status>,
    requests: &[R],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Outcome>> {
    let id = Job::new_id();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match send(id.clone(), requests.to_vec()).await {
            Ok(outcomes) => return Ok(outcomes),
            Err(status) => match patience(&status, attempt) {
                Some(pause) => {
                    bar.suspend(|| hint!("ombord: {}; trying again in {} s", status.message(), pause.as_secs()));
                    tokio::time::sleep(pause).await;
                }
                None => bail!(
                    "the batch was not taken: {}; what came before it stands, and the same command goes on from there",
                    told(&status)
                ),
            },
        }
    }
}

/// How long to wait before the same call may succeed; nothing if it will not.
fn patience(status: &Status, attempt: u32) -> Option<Duration> {
    let stated = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let passing =
        matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) || stated.is_some();
    let backoff = Duration::from_secs(1 << attempt.min(5));
    (passing && attempt < ATTEMPTS).then(|| stated.unwrap_or_default().max(backoff))
}

/// A refusal of a whole batch, in words.
pub(super) fn told(status: &Status) -> String {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| format!("{}: ", info.reason)).unwrap_or_default();
    let faults = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    // The one field that a flag gives.
    let flag = |field: &str| if field == "integrator_id" { " (give it with --integrator)" } else { "" };
    let faults: Vec<_> =
        faults.iter().map(|fault| format!("{} {}{}", fault.field, fault.description, flag(&fault.field))).collect();
    if faults.is_empty() { format!("{reason}{}", status.message()) } else { format!("{reason}{}", faults.join("; ")) }
}

/// A bar on the terminal, or nothing where there is none.
fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_flag_that_is_missing() {
        let details = |field: &str| tonic_types::ErrorDetails::with_bad_request_violation(field, "must be given");
        let told = |field: &str| told(&Status::with_error_details(Code::InvalidArgument, "", details(field)));
        assert_eq!(told("integrator_id"), "integrator_id must be given (give it with --integrator)");
        assert_eq!(told("requests"), "requests must be given");
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        assert!(patience(&Status::unavailable(""), 1).is_some());
        assert!(patience(&Status::unavailable(""), ATTEMPTS).is_none());
        assert!(patience(&Status::permission_denied(""), 1).is_none());
        assert!(patience(&Status::resource_exhausted("too large"), 1).is_none());
        let stated = tonic_types::ErrorDetails::with_retry_info(Some(Duration::from_secs(9)));
        let shed = Status::with_error_details(Code::ResourceExhausted, "", stated);
        assert_eq!(patience(&shed, 1), Some(Duration::from_secs(9)));
    }
}
