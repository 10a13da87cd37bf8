//! Integrators: for operators only (R1).

pub mod create;
pub mod get;
pub mod list;
pub mod suspend;
pub mod update;

use crate::domain::{
    ids::{IntegratorId, LedgerId},
    integrator::IntegratorFacts,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The answer to every change of an integrator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub integrator_id: IntegratorId,
    /// Whether it is suspended now.
    pub suspended: bool,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The etag.
    pub etag: String,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

impl Changed {
    fn of(facts: &IntegratorFacts, write: &super::write::Write) -> Self {
        Self {
            integrator_id: facts.integrator_id.clone(),
            suspended: facts.suspension.is_some(),
            changed: write.changed(),
            created: facts.created,
            updated: facts.updated,
            etag: etag(facts.revision),
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        }
    }
}

/// The etag of a row that last changed at a revision.
pub fn etag(revision: u64) -> String {
    format!("r{revision}")
}

async fn load(write: &mut super::write::Write, id: &IntegratorId) -> super::error::Result<IntegratorFacts> {
    let facts = write.tx.integrator(id).await?;
    facts.ok_or_else(|| super::error::Error::not_found(super::error::Resource::Integrator))
}
