//! Salted commitments: the ledger binds personal data without holding it.

use crate::domain::ids::{Digest, RecordId};
use serde::{Deserialize, Serialize};

/// Random bytes that keep a commitment from being guessed; erased together with the data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// How an event refers to personal data: the row that holds it, and what that row must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// The row.
    pub record_id: RecordId,
    /// SHA-256 over a fixed prefix, the salt and the row's canonical JSON.
    pub commitment: Digest,
}

/// The commitment to a canonical JSON text.
pub fn commitment(salt: &Salt, body: &str) -> Digest {
    Digest::of_parts(&[b"ombord/commitment/v1\0", &salt.0, body.as_bytes()])
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt")
    }
}
