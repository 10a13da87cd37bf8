//! What became of each row: the outcome file and the summary.

use crate::domain::organisation_number::{MASKED, OrganisationNumber};
use anyhow::Context;
use std::{collections::BTreeMap, fs::File, path::PathBuf};
use tonic_types::{RpcStatusExt, pb::Status};

/// Why a row was refused, here or by the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The column or field; several are separated by semicolons.
    pub(super) field: String,
    /// A value of `ErrorReason`.
    pub(super) reason: String,
    /// What is wrong. Never repeats what stands in the row.
    pub(super) message: String,
}

impl Refusal {
    /// A cell that means nothing.
    pub(super) fn cell(column: &str, message: impl Into<String>) -> Self {
        Self { field: column.to_owned(), reason: "INVALID_FIELDS".to_owned(), message: message.into() }
    }

    /// A line that cannot be read.
    pub(super) fn line(message: String) -> Self {
        Self { field: String::new(), reason: "MALFORMED_ROW".to_owned(), message: format!("the line {message}") }
    }
}

impl From<&Status> for Refusal {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
        let faults = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
        if !faults.is_empty() {
            let field = faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>().join("; ");
            let message = faults.iter().map(|fault| fault.description.as_str()).collect::<Vec<_>>().join("; ");
            return Self { field, reason, message };
        }
        // The field has a column of its own, so the message is the one that does not name it.
        match details.precondition_failure().and_then(|failure| failure.violations.first()) {
            Some(unmet) => Self { field: unmet.subject.clone(), reason, message: unmet.description.clone() },
            None => Self { field: String::new(), reason, message: status.message.clone() },
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The service's own word, such as CREATED, and what it says besides.
    Done(&'static str, String),
    /// Refused.
    Refused(Refusal),
}

/// How a row shows in the outcome file.
#[derive(Debug, Clone, Default)]
pub(super) struct Label {
    /// Its line in the file.
    pub(super) row: u64,
    /// The sender's number, masked unless it is a legal person's.
    pub(super) organisation_number: String,
    /// The integrator's reference, or the sender's id.
    pub(super) reference: String,
}

/// A number as it may be shown: a legal person's in its ten digits. What is no such number is masked: it could be a sole
/// trader's with a slip of the pen.
pub(super) fn shown(number: &str) -> String {
    match OrganisationNumber::parse(number) {
        Ok(OrganisationNumber::Legal(number)) => number.to_string(),
        _ if number.is_empty() => String::new(),
        _ => MASKED.to_owned(),
    }
}

/// Writes outcomes to their file as they come, and counts them.
pub(super) struct Report {
    path: PathBuf,
    file: csv::Writer<File>,
    counts: BTreeMap<&'static str, u64>,
}

/// The word for a row that was refused.
pub(super) const REFUSED: &str = "REFUSED";

impl Report {
    /// Begins the file anew.
    pub(super) fn create(path: PathBuf) -> anyhow::Result<Self> {
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut file = csv::Writer::from_writer(file);
        file.write_record(["row", "organisation_number", "reference", "outcome", "field", "reason", "message"])?;
        Ok(Self { path, file, counts: BTreeMap::new() })
    }

    /// Adds one row.
    pub(super) fn add(&mut self, label: &Label, outcome: &Outcome) -> anyhow::Result<()> {
        let row = label.row.to_string();
        let none = Refusal::default();
        let (word, refusal, message) = match outcome {
            Outcome::Done(word, message) => (*word, &none, message),
            Outcome::Refused(refusal) => (REFUSED, refusal, &refusal.message),
        };
        *self.counts.entry(word).or_default() += 1;
        let cells =
            [&row, &label.organisation_number, &label.reference, word, &refusal.field, &refusal.reason, message];
        self.file.write_record(cells).with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// Puts on disk what was added so far.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// Rows with this outcome.
    pub(super) fn count(&self, word: &str) -> u64 {
        self.counts.get(word).copied().unwrap_or_default()
    }

    /// All rows.
    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Prints the summary: `words` pairs an outcome with what it is called.
    pub(super) fn summary(&self, words: &[(&str, &str)], dry_run: bool) -> String {
        let counts: Vec<_> = words.iter().map(|(word, called)| format!("{} {called}", self.count(word))).collect();
        let dry = if dry_run { "dry run, nothing was changed: " } else { "" };
        format!("{dry}{} rows: {}; each row's outcome is in {}", self.total(), counts.join(", "), self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_legal_persons_numbers_are_shown() {
        assert_eq!(shown("SE556016068001"), "5560160680");
        for hidden in ["191212121212", "121212-1212", "191213121212", "556016-0681", "abc"] {
            assert_eq!(shown(hidden), MASKED, "{hidden}");
        }
        assert_eq!(shown(""), "");
    }

    #[test]
    fn a_row_names_field_reason_and_message() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outcome.csv");
        let mut report = Report::create(path.clone()).unwrap();
        let label = Label { row: 2, organisation_number: "5560160680".to_owned(), reference: "K-1".to_owned() };
        report.add(&label, &Outcome::Done("CREATED", String::new())).unwrap();
        report
            .add(&Label { row: 3, ..label }, &Outcome::Refused(Refusal::cell("content_types", "must hold one")))
            .unwrap();
        report.flush().unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "row,organisation_number,reference,outcome,field,reason,message\n\
             2,5560160680,K-1,CREATED,,,\n\
             3,5560160680,K-1,REFUSED,content_types,INVALID_FIELDS,must hold one\n"
        );
        let summary = report.summary(&[("CREATED", "registered"), (REFUSED, "refused")], true);
        assert!(summary.starts_with("dry run, nothing was changed: 2 rows: 1 registered, 1 refused;"), "{summary}");
    }
}
