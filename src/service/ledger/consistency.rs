//! `GetConsistencyProof`.

use super::prove::{prove, root_at};
use crate::{
    domain::{
        ids::{Digest, LedgerId},
        ledger::proof::{Plan, Tree},
    },
    service::{
        Services,
        error::{Error, ErrorReason, Result},
    },
};

/// That the ledger of one size is the beginning of that of another.
#[derive(Debug)]
pub struct Consistency {
    /// The earlier tree.
    pub first: Tree,
    /// The later tree.
    pub second: Tree,
    /// The proof.
    pub hashes: Vec<Digest>,
    /// The ledger.
    pub ledger_id: LedgerId,
}

/// Proves that the ledger of size `first` is the beginning of that of size `second`, or of today's where that is 0.
pub async fn prove_consistency(services: &Services, first: u64, second: u64) -> Result<Consistency> {
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let (newest, ledger_id) = (reader.head().revision, reader.head().ledger_id);
    let second = if second == 0 { newest } else { second };
    if second > newest {
        let what = "must be at most the head revision";
        return Err(Error::field(ErrorReason::InvalidFields, "second_tree_size", what));
    }
    let plan = Plan::consistency(first, second).ok_or_else(|| {
        Error::field(ErrorReason::InvalidFields, "first_tree_size", "must be 1 or more, and at most the later size")
    })?;
    let hashes = prove(reader, &plan).await?;
    let (first, second) = ((first, root_at(reader, first).await?), (second, root_at(reader, second).await?));
    Ok(Consistency { first, second, hashes, ledger_id })
}
