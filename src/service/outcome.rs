//! Rows of a batch: each is done or refused by itself, and the answer to the whole is kept for retries.

use super::error::{Error, ErrorReason, Result, Violation};
use serde::{Deserialize, Serialize};

/// A refusal that can be kept: fixed words and field paths, never a value, so no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    reason: String,
    message: String,
    violations: Vec<(String, String)>,
}

/// What became of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row<T> {
    /// It was done, or found done.
    Done(T),
    /// It was refused and left nothing behind.
    Refused(Refusal),
}

impl<T> Row<T> {
    /// The outcome of one row. A fault that is not the row's own is no outcome: it fails the whole batch.
    pub fn of(result: Result<T>) -> Result<Self> {
        match result {
            Ok(done) => Ok(Self::Done(done)),
            Err(error) if error.cause.is_some() => Err(error),
            Err(error) => Ok(Self::Refused(Refusal {
                reason: error.reason.as_str().to_owned(),
                message: error.message.into_owned(),
                violations: error.violations.into_iter().map(|v| (v.field, v.description)).collect(),
            })),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        // A reason that a later program no longer knows cannot be told any better.
        let reason = ErrorReason::ALL.iter().find(|reason| reason.as_str() == refusal.reason);
        let violations = refusal.violations.into_iter().map(|(field, description)| Violation { field, description });
        Self {
            violations: violations.collect(),
            ..Self::new(*reason.unwrap_or(&ErrorReason::Internal), refusal.message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_back_as_it_was() {
        let error = || Error::field(ErrorReason::ExternalReferenceTaken, "external_reference", "is taken");
        let row = Row::<()>::of(Err(error())).unwrap();
        let kept = serde_json::to_vec(&row).unwrap();
        let Row::Refused(refusal) = serde_json::from_slice::<Row<()>>(&kept).unwrap() else { panic!("refused") };
        let again = Error::from(refusal);
        assert_eq!((again.reason, again.message), (error().reason, error().message));
        assert_eq!(again.violations, error().violations);
    }

    #[test]
    fn our_own_fault_fails_the_batch() {
        assert!(Row::<()>::of(Err(Error::internal(anyhow::anyhow!("disk")))).is_err());
    }
}
