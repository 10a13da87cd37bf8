//! `GetInclusionProof`.

use super::prove::{prove, root_at};
use crate::{
    domain::{
        ids::{Digest, LedgerId},
        ledger::proof::{Plan, Run},
    },
    service::{
        Services,
        error::{Error, ErrorReason, Result},
    },
    store::Reader,
};

/// That an entry is in the ledger.
#[derive(Debug)]
pub struct Inclusion {
    /// The entry's leaf hash.
    pub leaf: Digest,
    /// Its place in the tree.
    pub place: u64,
    /// The tree's size.
    pub size: u64,
    /// The tree's root.
    pub root: Digest,
    /// The proof.
    pub hashes: Vec<Digest>,
    /// The ledger.
    pub ledger_id: LedgerId,
}

/// Proves that the entry of a revision is in the ledger of a size, or of today's where that is 0.
pub async fn prove_inclusion(services: &Services, revision: u64, size: u64) -> Result<Inclusion> {
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let (newest, ledger_id) = (reader.head().revision, reader.head().ledger_id);
    let size = if size == 0 { newest } else { size };
    if size > newest {
        return Err(Error::field(ErrorReason::InvalidFields, "tree_size", "must be at most the head revision"));
    }
    let place = revision.checked_sub(1).filter(|place| *place < size).ok_or_else(|| {
        Error::field(ErrorReason::InvalidFields, "revision", "must be that of an entry of the ledger of this size")
    })?;
    let hashes = inclusion(reader, place, size).await?;
    let leaf = reader.nodes(&[Run { level: 0, from: place, count: 1 }]).await?.pop();
    let (_, _, leaf) = leaf.ok_or_else(|| Error::internal(anyhow::anyhow!("the ledger has no entry {revision}")))?;
    let root = root_at(reader, size).await?;
    Ok(Inclusion { leaf, place, size, root, hashes, ledger_id })
}

/// The hashes of the proof.
pub(super) async fn inclusion(reader: &mut dyn Reader, place: u64, size: u64) -> Result<Vec<Digest>> {
    let plan = Plan::inclusion(place, size).ok_or_else(|| Error::internal(anyhow::anyhow!("no such leaf")))?;
    prove(reader, &plan).await
}
