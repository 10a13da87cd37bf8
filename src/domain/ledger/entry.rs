//! One entry: an event with its revision, time and author, and its canonical bytes.

use super::{
    canonical::{NotCanonical, canonical},
    event::Event,
};
use crate::domain::{
    ids::{Digest, IntegratorId, LedgerId, RecordId},
    time::Timestamp,
    vocabulary::Role,
};
use serde::{Deserialize, Serialize};

/// The newest schema. Each entry is written in the oldest one that knows its event; golden files pin the bytes of all.
pub const SCHEMA: u32 = 4;

/// Who made an entry: a role and an opaque id, never a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// On whose behalf.
    pub role: Role,
    /// The integrator, if it is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub integrator_id: Option<IntegratorId>,
    /// The opaque id of the token's subject.
    pub actor_id: RecordId,
    /// Whom that id stood for: the salted commitment to the subject. Absent where the id is that of a record which an event
    /// commits to, where the service itself acts, and in entries from before the third schema.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commitment: Option<Digest>,
}

impl Author {
    /// The oldest schema whose readers know everything in it.
    pub fn schema(&self) -> u32 {
        if self.commitment.is_some() { 3 } else { 1 }
    }
}

/// One entry of the ledger. Revision n is leaf n-1 of the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// How the entry is written.
    pub schema: u32,
    /// Which ledger.
    pub ledger_id: LedgerId,
    /// Its place, from 1 on without a gap.
    pub revision: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// By whom.
    pub author: Author,
    /// What happened.
    pub event: Event,
}

/// Bytes that are no entry this program knows; whoever meets them must not go on saying ALLOW.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by a newer program.
    #[error("schema {0} is newer than this program")]
    Schema(u64),
    /// Not an entry, or with an event this program does not know.
    #[error("unknown entry: {0}")]
    Unknown(String),
}

impl Entry {
    /// The bytes that the tree's leaf hashes.
    pub fn canonical(&self) -> Result<String, NotCanonical> {
        canonical(self)
    }

    /// The schema that an entry says it has, which may be newer than this program.
    pub fn schema_of(text: &str) -> Result<u64, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            schema: u64,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| Unreadable::Unknown(error.to_string()))?;
        Ok(head.schema)
    }

    /// Reads an entry of any schema up to today's.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let schema = Self::schema_of(text)?;
        if schema > u64::from(SCHEMA) {
            return Err(Unreadable::Schema(schema));
        }
        serde_json::from_str(text).map_err(|error| Unreadable::Unknown(error.to_string()))
    }
}
