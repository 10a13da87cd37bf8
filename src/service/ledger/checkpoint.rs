//! `GetCheckpoint`.

use super::{history::read_on, keys};
use crate::{
    domain::{
        ids::{Digest, LedgerId},
        ledger::note::Checkpoint,
    },
    service::{Services, error::Result},
};

/// A signed checkpoint and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The signed note.
    pub note: String,
    /// The key that verifies it.
    pub key: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// The ledger.
    pub ledger_id: LedgerId,
}

/// Signs the ledger as it is now, if it goes on from what this node knows of it: two checkpoints of one ledger must never
/// tell of two histories.
pub async fn get_checkpoint(services: &Services) -> Result<SignedCheckpoint> {
    let key = keys(services)?.signing();
    let reader = read_on(services).await?;
    let head = reader.head();
    let (size, root, ledger_id) = (head.revision, head.frontier.root(), head.ledger_id);
    let note = Checkpoint::sign(key, ledger_id, size, root);
    Ok(SignedCheckpoint { note, key: key.public().to_string(), size, root, ledger_id })
}
