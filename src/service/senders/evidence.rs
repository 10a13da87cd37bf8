//! Evidence as a caller gives it: a pointer to what is kept elsewhere.

use crate::{
    domain::{ids::Digest, ledger::event::Evidence, vocabulary::EvidenceKind},
    service::{error::Result, write::Write},
};
use std::fmt;

/// One piece of evidence. Where to find it is personal data and goes to the private table.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenEvidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Of its bytes; absent where the reference is enough.
    pub sha256: Option<Digest>,
    /// Where to find it.
    pub reference: Option<String>,
}

impl fmt::Debug for GivenEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GivenEvidence({:?})", self.kind)
    }
}

/// Keeps the references apart and returns what an event may hold. Call it after the last check.
pub async fn keep(write: &mut Write, given: Vec<GivenEvidence>) -> Result<Vec<Evidence>> {
    let mut kept = Vec::with_capacity(given.len());
    for GivenEvidence { kind, sha256, reference } in given {
        let reference = match reference {
            Some(text) => Some(write.keep_note(&text).await?),
            None => None,
        };
        kept.push(Evidence { kind, sha256, reference });
    }
    Ok(kept)
}
