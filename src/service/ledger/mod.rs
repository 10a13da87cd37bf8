//! The ledger: its entries for auditors, and what proves it to others.

mod checkpoint;
mod consistency;
mod history;
mod inclusion;
mod keys;
mod mailed;
mod prove;
pub mod receipt;
pub mod verify;
mod witness;

pub use checkpoint::{SignedCheckpoint, get_checkpoint};
pub use consistency::{Consistency, prove_consistency};
pub(in crate::service) use history::read_on;
pub use inclusion::{Inclusion, prove_inclusion};
pub use keys::LogKeys;
pub(in crate::service) use keys::keys;
pub use mailed::mail_checkpoint;
pub(in crate::service) use prove::root_at;
pub use witness::{Comparison, accept_rollback, compare};

use super::{
    Services,
    error::Result,
    paging::{self, Page},
};
use crate::{
    domain::ids::{Digest, IntegratorId, LedgerId, SenderId},
    store::EntryFilter,
};

pub use crate::store::EntryRow;

/// Which entries, and which page of them.
#[derive(Debug)]
pub struct ListEntries {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// The first revision.
    pub from_revision: u64,
    /// Only about this sender.
    pub sender_id: Option<SenderId>,
    /// Only about this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of these types; of all where empty.
    pub events: Vec<String>,
}

/// Lists entries in the order of their revisions.
pub async fn list_entries(services: &Services, list: ListEntries) -> Result<(Page<EntryRow>, LedgerId)> {
    let size = paging::size(list.page_size);
    let after: Option<u64> = paging::after(list.filter, &list.page_token)?;
    let mut reader = services.store.read().await?;
    let filter = EntryFilter {
        after_revision: after.unwrap_or_else(|| list.from_revision.saturating_sub(1)),
        sender_id: list.sender_id,
        integrator_id: list.integrator_id,
        events: list.events,
    };
    let rows = reader.entries(&filter, size + 1).await?;
    let head = reader.head();
    Ok((Page::of(rows, size, list.filter, head.revision, |row| row.revision)?, head.ledger_id))
}
