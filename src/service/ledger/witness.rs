//! The database, held against a checkpoint that was kept elsewhere; and what becomes of the ledger when entries are lost.

use super::prove::root_at;
use crate::{
    domain::{
        ids::LedgerId,
        ledger::{Event, note::Checkpoint},
    },
    service::{
        Services,
        entries::read,
        error::Result,
        mutation::{Act, act},
        write::Write,
    },
    store::{EntryFilter, Reader},
};
use async_trait::async_trait;
use std::sync::Arc;

/// How the ledger in a database stands to a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It goes on from it, or the loss of what it lacks was accepted before.
    GoesOn,
    /// Entries that the checkpoint counts are not there: these revisions.
    Lacks {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// As many entries are there, but among them are others than the checkpoint counts.
    Differs,
    /// It is of another ledger altogether.
    Foreign,
}

/// Holds the ledger against a checkpoint whose signature was found good.
pub async fn compare(reader: &mut dyn Reader, checkpoint: &Checkpoint) -> Result<Comparison> {
    let (ledger_id, newest) = (reader.head().ledger_id, reader.head().revision);
    if checkpoint.ledger_id == ledger_id {
        return within(reader, checkpoint, newest).await;
    }
    let events = vec![Event::ROLLBACK_ACCEPTED.to_owned()];
    let mut filter = EntryFilter { events, ..EntryFilter::default() };
    while let Some(row) = reader.entries(&filter, 1).await?.pop() {
        let entry = read(&row)?;
        if let Event::RollbackAccepted { former_ledger_id, former_size, .. } = entry.event
            && former_ledger_id == checkpoint.ledger_id
        {
            if checkpoint.size <= former_size {
                return Ok(Comparison::GoesOn);
            }
            return within(reader, checkpoint, row.revision - 1).await;
        }
        filter.after_revision = row.revision;
    }
    Ok(Comparison::Foreign)
}

/// The same for a ledger that has `there` entries.
async fn within(reader: &mut dyn Reader, checkpoint: &Checkpoint, there: u64) -> Result<Comparison> {
    if checkpoint.size > there {
        return Ok(Comparison::Lacks { from: there + 1, to: checkpoint.size });
    }
    let same = root_at(reader, checkpoint.size).await? == checkpoint.root;
    Ok(if same { Comparison::GoesOn } else { Comparison::Differs })
}

/// The operator's word that the ledger goes on though entries are lost.
struct Accept {
    checkpoint: Checkpoint,
    ledger_id: LedgerId,
    reason: String,
}

#[async_trait]
impl Act for Accept {
    type Done = u64;

    async fn run(self, write: &mut Write) -> Result<u64> {
        write.rename_ledger(self.ledger_id).await?;
        let reason = write.keep_note(&self.reason).await?;
        let Checkpoint { ledger_id, size, root, .. } = self.checkpoint;
        let event =
            Event::RollbackAccepted { former_ledger_id: ledger_id, former_size: size, former_root: root, reason };
        write.record(event).await
    }
}

/// Lets the ledger go on under a new id though it lacks what a checkpoint counts, and records that. Returns the revision.
pub async fn accept_rollback(services: &Arc<Services>, checkpoint: Checkpoint, reason: String) -> Result<u64> {
    let ledger_id = LedgerId(services.entropy.uuid_v7());
    act(services, Accept { checkpoint, ledger_id, reason }).await
}
